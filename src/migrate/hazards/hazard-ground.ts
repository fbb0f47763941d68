// What the rules look at beside a statement: the table's way so far, and the schema before.
import type { Capture } from "../schema/capture.ts";
import type { Copying } from "../statements/followed-table.ts";
import type { Stake } from "./hazard.ts";
import { allRows, rowsAlike } from "./hazard-questions.ts";
import type { FollowedTable } from "../statements/script-tables.ts";
import { foldName, quoteName } from "../sql/sql-tokens.ts";
import type { Lineage } from "../statements/table-lineage.ts";
import type { Uniqueness } from "./uniqueness.ts";

/** Where a rule stands. */
export interface Ground {
  readonly lineage: Lineage;
  readonly lineages: readonly Lineage[];
  readonly before: Capture;
  /** All tables that there ever were, the newest last. */
  readonly tables: readonly FollowedTable[];
  /** Which table each name stands for when the statement begins. */
  readonly named: ReadonlyMap<string, FollowedTable>;
  /** Of a rebuild. */
  readonly copying: Copying | undefined;
  /** Whether an earlier statement writes to the table, so that rows cannot be judged as they are now. */
  readonly isWritten: boolean;
}

/** `table.column` for one column, `table` for several. */
export function onColumns(table: string, columns: readonly string[]): string {
  return columns.length === 1 ? `${table}.${columns[0] ?? ""}` : table;
}

/** The rows that would break a new uniqueness; undefined for one that cannot be asked about. */
export function stakeOf({ lineage, isWritten }: Ground, uniqueness: Uniqueness | undefined): Stake {
  const table = lineage.before.definition;
  if (uniqueness === undefined || isWritten || uniqueness.parts.some((part) => part.startsWith("new "))) {
    return allRows(table);
  }
  const parts = uniqueness.columns === undefined ? uniqueness.parts : uniqueness.parts.map(collated);
  return rowsAlike(table, parts, uniqueness.where);
}

function collated(part: string): string {
  const at = part.lastIndexOf(" ");
  const collation = part.slice(at + 1);
  const name = quoteName(part.slice(0, at));
  return collation === "binary" ? name : `${name} COLLATE ${collation}`;
}

/** A table as foreign keys mean it: the same for a table and for what takes its place. */
export function identify({ named, tables, lineages }: Ground, name: string): string {
  const key = foldName(name);
  const isCalled = (table: FollowedTable) => table.names.some((entry) => foldName(entry.name) === key);
  const table = named.get(key) ?? tables.findLast(isCalled);
  const at = lineages.findIndex(({ stages }) => stages.some((stage) => stage.table === table));
  return at === -1 ? key : `#${at}`;
}
