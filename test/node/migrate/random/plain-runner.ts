// Runs a script as drizzle's migrator for better-sqlite3 does, statement by statement inside a transaction, with Node's own
// SQLite; and reads everything that a database holds. Shares no code with the tool.
import { DatabaseSync } from "node:sqlite";

/** How a run ended: with the number of the statement that failed, from 0, or undefined where none did. */
export interface PlainRun {
  readonly failedAt: number | undefined;
  readonly message: string;
}

/** Opens a database in memory, with foreign keys on; runs the statements, and passes over those that fail. */
export function openPlain(statements: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA foreign_keys = ON");
  for (const sql of statements) {
    try {
      database.exec(sql);
    } catch {
      // A row that breaks a constraint is left out.
    }
  }
  return database;
}

/** Runs a script in one transaction, which is rolled back where a statement fails. */
export function runPlain(database: DatabaseSync, statements: readonly string[]): PlainRun {
  database.exec("BEGIN");
  for (const [at, sql] of statements.entries()) {
    try {
      database.prepare(sql).run();
    } catch (error) {
      database.exec("ROLLBACK");
      return { failedAt: at, message: error instanceof Error ? error.message : String(error) };
    }
  }
  try {
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    return { failedAt: statements.length, message: String(error) };
  }
  return { failedAt: undefined, message: "" };
}

/** What a script makes by chance is another value in each run. */
const random = /'[0-9a-f]{32}'|X'[0-9A-F]{32}'/g;

/** Every value of every table, with its type, and every definition; the order of rows does not count. */
export function readPlain(database: DatabaseSync): Readonly<Record<string, readonly string[]>> {
  const objects = database
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
    .all();
  const contents: Record<string, readonly string[]> = {
    schema: objects.map(({ type, name, sql }) => `${String(type)} ${String(name)}: ${String(sql)}`),
  };
  for (const { type, name } of objects) {
    if (type !== "table") continue;
    const table = `"${String(name).replaceAll('"', '""')}"`;
    const columns = database.prepare(`SELECT name FROM pragma_table_xinfo(?)`).all(String(name));
    const values = columns.map(({ name: column }) => {
      const quoted = `"${String(column).replaceAll('"', '""')}"`;
      return `typeof(${quoted}) || ' ' || quote(${quoted})`;
    });
    const rows = database.prepare(`SELECT ${values.join(" || ', ' || ")} AS row FROM ${table}`).all();
    contents[String(name)] = rows.map(({ row }) => String(row).replaceAll(random, "random")).toSorted();
  }
  return contents;
}
