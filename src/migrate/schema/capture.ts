// What a database's schema was at one moment: the content of sqlite_schema, as values.

/** One column as SQLite sees it (`pragma_table_xinfo`). */
export interface CapturedColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly defaultValue: string | null;
  /** Position in the primary key from 1, or 0. */
  readonly primaryKey: number;
  readonly generated: "no" | "virtual" | "stored";
}

/** One table, ordinary or virtual. Shadow tables of virtual tables are not captured: they come and go with them. */
export interface CapturedTable {
  readonly name: string;
  readonly sql: string;
  readonly kind: "table" | "virtual";
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  readonly columns: readonly CapturedColumn[];
}

/** An index, view or trigger. `table` is what it stands on; a view stands on itself. */
export interface CapturedObject {
  readonly kind: "index" | "view" | "trigger";
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** A schema. Objects in the order of their creation; without SQLite's, libSQL's and the tool's own (`__*`), but with archives' triggers. */
export interface Capture {
  readonly tables: readonly CapturedTable[];
  readonly objects: readonly CapturedObject[];
}

/** The schema of an empty database. */
export const emptyCapture: Capture = { tables: [], objects: [] };

/** Finds a table by its name; SQLite's names are the same in upper and lower case. */
export function findTable(capture: Capture, name: string): CapturedTable | undefined {
  const wanted = name.toLowerCase();
  return capture.tables.find((table) => table.name.toLowerCase() === wanted);
}

/** Whether a name is SQLite's, libSQL's or the tool's own, and so no part of a schema that is planned for. */
export function isInternalName(name: string): boolean {
  return /^(sqlite_|libsql_|__)/i.test(name);
}
