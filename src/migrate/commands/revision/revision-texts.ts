// The texts of a new revision's files: statements, and a head that says what a reviewer needs to know.
import type { Proposal } from "../../proof/proposal.ts";
import type { Removal } from "../../schema/change.ts";
import { isGuard } from "../../statements/foreign-key-guard.ts";
import { type HeadNote, writeHeadNotes } from "../../history/head-notes.ts";
import { breakpoint, renderScript } from "../../history/script-text.ts";
import { noteHazards } from "./hazard-notices.ts";
import type { HazardNotice } from "../results.ts";
import type { RevisionDraft } from "./revision-draft.ts";
import { noteQuestions } from "./script-notes.ts";

/** What is removed, in words. */
export function describeRemoval({ kind, table, column }: Removal): string {
  if (column === undefined) return `table ${table}`;
  return kind === "conversion" ? `${table}.${column} (converted)` : `${table}.${column}`;
}

/** The upgrade script. drizzle-kit's text is kept as it is, but for the head, if it is used. */
export function renderUp(draft: RevisionDraft, proposal: Proposal, hazards: readonly HazardNotice[]): string {
  const { files, generated } = draft;
  const { up, origin, removals, archives, rewriteReason, proof, notes } = proposal;
  const own = up.filter((sql) => !isGuard(sql));
  const head: HeadNote[] = [
    ...removals.map((removal) => ({ key: "removes", value: describeRemoval(removal) })),
    ...(archives?.archives ?? []).map(({ table, name }) => ({
      key: "archives",
      value: `${table} in ${name}`,
    })),
    ...(archives?.impossible ?? []).map(({ removal, reason }) => ({
      key: "not-archived",
      value: `${describeRemoval(removal)}: ${reason}`,
    })),
    ...(origin === "rewrite"
      ? [{ key: "rewritten", value: rewriteReason ?? "drizzle-kit wrote nothing" }]
      : []),
    ...noteHazards(hazards),
    ...notes.map((value) => ({ key: "note", value })),
    proofNote(proof.upgrade === "ok", proposal),
  ];
  const isOwnText = origin === "drizzle-kit" && own.join("\n") === (generated ?? []).join("\n");
  if (!isOwnText) return renderScript(head, up);
  const guard = up.filter((sql) => isGuard(sql)).map((sql) => `${sql};\n${breakpoint}\n`);
  return endLine(writeHeadNotes(guard.join("") + files.sql, head));
}

/** The downgrade script. */
export function renderDown(proposal: Proposal): string {
  const { down, proof } = proposal;
  const head: HeadNote[] = [
    { key: "class", value: proof.class },
    ...down.rebuilt.map((table) => ({ key: "rebuilds", value: table })),
    ...noteQuestions(down),
    proofNote(proof.downgrade === "proven", proposal),
  ];
  const statements = down.statements.map(({ sql }) => sql);
  // A revision that leaves the schema as it was still needs a statement to be taken back.
  return renderScript(head, statements.length === 0 ? ["SELECT 1"] : statements);
}

function proofNote(isProven: boolean, { proof }: Proposal): HeadNote {
  if (!isProven) return { key: "unproven", value: proof.reason ?? "no reason was given" };
  const without = proof.unprovenTables;
  const rows = without.length === 0 ? "with rows in every table" : `without rows in ${without.join(", ")}`;
  return { key: "proven", value: `up, down and up again on ${proof.by}, ${rows}` };
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
