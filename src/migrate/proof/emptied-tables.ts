// Empties the tables that a revision must find empty, such as one that gets a NOT NULL column without a default. All
// others keep their rows, so that the revision is proven with them.
import type { Capture } from "../schema/capture.ts";
import type { MigrationError } from "../errors.ts";
import { foldName, isWord, nameOf, quoteName, sameName, significant, tokenize } from "../sql/sql-tokens.ts";
import { parseTable } from "../sql/table-parser.ts";
import type { Contents } from "./row-reading.ts";
import type { ScratchPort } from "./scratch.ts";

/** What a try came to, as far as it is looked at here. */
export interface Tried {
  readonly error: MigrationError | undefined;
}

/**
 * Tries again as long as rows are refused, each time without the rows of the tables that the failing statement names.
 *
 * @returns the last try; the names of the tables whose rows were deleted.
 */
export async function tryWithFewerRows<T extends Tried>(
  port: ScratchPort,
  before: Capture,
  failed: T,
  again: () => Promise<T>,
): Promise<{ readonly tried: T; readonly emptied: ReadonlySet<string> }> {
  const emptied = new Set<string>();
  let tried = failed;
  while (isRefusal(tried)) {
    const named = tablesIn(tried.error?.place.statement ?? "", before).filter((name) => !emptied.has(name));
    if (named.length === 0) break;
    for (const name of await emptyTables(port, before, named)) emptied.add(name);
    tried = await again();
  }
  return { tried, emptied };
}

/** Whether rows are what a script failed at. */
export function isRefusal({ error }: Tried): boolean {
  return error !== undefined && /constraint|NOT NULL|UNIQUE|CHECK|FOREIGN KEY/i.test(error.message);
}

/** The tables of a schema that had no row: nothing is proven of their rows. */
export function tablesWithoutRows(schema: Capture, contents: Contents): string[] {
  const isEmpty = (name: string) => (contents.tables.get(foldName(name))?.rows.length ?? 0) === 0;
  return schema.tables.filter(({ kind, name }) => kind === "table" && isEmpty(name)).map(({ name }) => name);
}

/** The tables that a statement is about, by their names before the upgrade. */
function tablesIn(statement: string, before: Capture): string[] {
  const words = significant(tokenize(statement));
  const named = words.flatMap((word, at) =>
    isWord(words[at - 1], "TABLE", "ON", "FROM", "JOIN", "INTO", "UPDATE") ? (nameOf(word) ?? []) : [],
  );
  return before.tables
    .filter(({ name }) => named.some((other) => sameName(other, name)))
    .map(({ name }) => name);
}

/** Deletes all rows of tables, and the rows of others that refer to them. Returns the tables that rows were deleted from. */
async function emptyTables(port: ScratchPort, schema: Capture, names: readonly string[]): Promise<string[]> {
  const deletions = names.map((name) => `DELETE FROM ${quoteName(name)}`);
  const gone = [...names];
  for (let open = [...names]; open.length > 0;) {
    const parents = open;
    open = [];
    for (const { name, kind, sql } of schema.tables) {
      if (kind !== "table" || gone.includes(name)) continue;
      const keys = parseTable(sql).foreignKeys.filter(({ parent }) =>
        parents.some((other) => sameName(other, parent)),
      );
      if (keys.length === 0) continue;
      // A row that refers to none of them stays.
      const refers = keys.map(({ columns }) => columns.map((column) => `${quoteName(column)} IS NOT NULL`));
      deletions.push(
        `DELETE FROM ${quoteName(name)} WHERE ${refers.map((parts) => `(${parts.join(" AND ")})`).join(" OR ")}`,
      );
      gone.push(name);
      open.push(name);
    }
  }
  await port.migrate(deletions).catch(() => undefined);
  return gone;
}
