// The text of a downgrade script that `adopt` writes.
import type { AdoptedRevision } from "../../proof/adoption.ts";
import { renderScript } from "../../history/script-text.ts";
import { noteQuestions } from "./script-notes.ts";

/** The script of a revision whose downgrade was planned and proven. */
export function renderAdopted(adopted: AdoptedRevision): string {
  const { plan, statements, rebuilt, by, unprovenTables } = adopted;
  const rows = unprovenTables.length === 0 ? "" : `, without rows in ${unprovenTables.join(", ")}`;
  const head = [
    { key: "class", value: adopted.class },
    ...rebuilt.map((table) => ({ key: "rebuilds", value: table })),
    ...(plan === undefined ? [] : noteQuestions(plan)),
    { key: "proven", value: `up, down and up again on ${by}${rows}` },
  ];
  return renderScript(head, statements);
}
