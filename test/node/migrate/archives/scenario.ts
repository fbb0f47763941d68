// What a scenario says: rows, a revision that removes values, what happens to the rows, and what a downgrade gives back.
import type { ArchiveProject, Change, Values } from "./archive-project.ts";

/** One scenario. Each value names the row that it belongs to, so that the expectation is written by hand. */
export interface Scenario extends Change {
  readonly name: string;
  readonly before: readonly string[];
  readonly rows: readonly string[];
  /** Writes between the upgrade and the downgrade. */
  readonly live?: readonly string[];
  /** What else happens, after `live`. */
  readonly meanwhile?: (project: ArchiveProject) => Promise<unknown>;
  readonly query: string;
  /** The rows after the downgrade; or that it is refused, and the database stays as it is. */
  readonly right: readonly Values[] | "refused";
  /** What cannot be done on a server. */
  readonly only?: "file";
  /** Where the downgrade leads to. */
  readonly target?: string;
}

const people = (...columns: readonly string[]): string =>
  `CREATE TABLE people (id INTEGER PRIMARY KEY, ${columns.join(", ")})`;

/** People with a column that goes. Ann has the id 1, Bob 2. */
export const base = {
  before: [people("name TEXT", "email TEXT UNIQUE", "note TEXT", "diagnosis TEXT")],
  after: [people("name TEXT", "email TEXT UNIQUE", "note TEXT")],
  rows: ["INSERT INTO people VALUES (1, 'ann', 'a@x', 'n', 'of ann'), (2, 'bob', 'b@x', 'n', 'of bob')"],
  query: "SELECT name, diagnosis FROM people ORDER BY name",
} as const;

export const ann: Values = ["ann", "of ann"];
export const bob: Values = ["bob", "of bob"];
export const eve: Values = ["eve", null];

export const eveTakesTheIdOfBob = [
  "DELETE FROM people WHERE id = 2",
  "INSERT INTO people (name) VALUES ('eve')",
] as const;

/** What drizzle-kit writes for a rebuild; triggers go with the old table. */
export function rebuild(table: string, create: string, columns: string): string[] {
  return [
    create.replace(`CREATE TABLE ${table}`, `CREATE TABLE __new_${table}`),
    `INSERT INTO __new_${table} (${columns}) SELECT ${columns} FROM ${table}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE __new_${table} RENAME TO ${table}`,
  ];
}

export const drizzleRebuild = rebuild("people", base.after[0], "id, name, email, note");

/** A later change of the table that takes a rebuild and leaves all values as they are. */
export const later = [people("name TEXT", "email TEXT UNIQUE", "note TEXT DEFAULT 'none'")];
