// A script that would delete rows of other tables if foreign keys are on begins with a check that they are off.
// The tool's own executor and drizzle's migrator for libSQL switch them off; drizzle's migrators for better-sqlite3 and
// the like run a script inside a transaction, where `PRAGMA foreign_keys=OFF` does nothing.
import type { Capture } from "../schema/capture.ts";
import { readColumnDefinition } from "./followed-table.ts";
import { followScript, type Step } from "./script-tables.ts";
import { normalizeSql, quoteName, quoteText, sameName } from "../sql/sql-tokens.ts";
import type { Act } from "./statement-act.ts";

const table = quoteName("__eaves_foreign_keys_off");

const complaint =
  "foreign keys are on: this script needs them off, or rows of other tables would be deleted. Nothing was changed. " +
  "Run PRAGMA foreign_keys=OFF before the transaction begins, or apply it with the migration tool";

/**
 * One statement that fails if foreign keys are on, and one that takes its empty table away. It returns no rows, since
 * some drivers refuse those from a migration. SQLite puts a bad JSON path into its message, and has no other way to
 * fail with a text outside a trigger; the path depends on the row, or SQLite would evaluate it beforehand.
 */
const guard: readonly string[] = [
  `CREATE TABLE ${table} AS SELECT json_extract('{}', ${quoteText(complaint)} || substr(foreign_keys, 2)) AS found FROM pragma_foreign_keys WHERE foreign_keys = 1`,
  `DROP TABLE ${table}`,
];

const known = new Set(guard.map(normalizeSql));

/** Whether a statement is a part of the check. */
export function isGuard(sql: string): boolean {
  return sql.includes("__eaves_foreign_keys_off") && known.has(normalizeSql(sql));
}

/** The statements that check, for a script that needs foreign keys off; none for another. */
export function foreignKeyGuard(statements: readonly string[], before: Capture): readonly string[] {
  return needsForeignKeysOff(statements, before) ? guard : [];
}

/** The statements of a script, behind the check if they need foreign keys off. */
export function guardForeignKeys(statements: readonly string[], before: Capture): string[] {
  const own = statements.filter((sql) => !isGuard(sql));
  return [...foreignKeyGuard(own, before), ...own];
}

/**
 * Whether statements delete rows of other tables, or fail over rows that break nothing, if foreign keys are on:
 * SQLite deletes the rows of a table before it drops it; it adds no column that refers to another table and has a value;
 * and a row cannot come before its parent.
 */
function needsForeignKeysOff(statements: readonly string[], before: Capture): boolean {
  const { steps } = followScript(statements, before);
  return steps.some(
    (step, at) => step.referred || addsFilledReference(step.act) || comesTooEarly(step, steps.slice(at + 1)),
  );
}

function addsFilledReference(act: Act): boolean {
  if (act.kind !== "add-column") return false;
  const { columns, foreignKeys } = readColumnDefinition(act.table, act.definition);
  return foreignKeys.length > 0 && !/^(?:null)?$/i.test(columns[0]?.defaultValue ?? "");
}

function comesTooEarly({ act, table: child, moment }: Step, later: readonly Step[]): boolean {
  if (act.kind !== "insert" || moment === undefined) return false;
  return moment.definition.foreignKeys.some(({ parent }) =>
    later.some((step) => {
      if (step.act.kind === "create-table") return sameName(step.act.name, parent);
      const isOther = step.table !== child && step.act.kind === "insert";
      return isOther && sameName(step.moment?.definition.name ?? "", parent);
    }),
  );
}
