// Random rows for a schema, and everything that a database holds, byte by byte.
import { quoteName, sameName } from "../../../../src/migrate/sql/sql-tokens.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import { rowidName } from "../../../../src/migrate/sql/table-definition.ts";
import { parseTable } from "../../../../src/migrate/sql/table-parser.ts";
import type { Database } from "../../../../src/migrate/runtime/connection.ts";
import type { Choose } from "./schema-generator.ts";
import { type Column, marker, type Schema, type Table } from "./schema-model.ts";

const q = quoteName;

const literals = {
  integer: ["0", "1", "7", "-5", "9007199254740993", "9223372036854775807", "-9223372036854775808", "NULL"],
  real: ["0.1", "-1.5e300", "3.0", "1e20", "NULL"],
  text: [
    "''",
    "'a'",
    "'A '",
    "'it''s'",
    "'12'",
    "'007'",
    "'1e3'",
    "CAST(x'610062' AS TEXT)",
    "'ünï 🎉'",
    "NULL",
  ],
  blob: ["x''", "x'00ff'", "x'31'", "NULL"],
};

function literal(choose: Choose, table: Table, column: Column): string {
  const { type } = column;
  if (column.id === 1 && table.key === "composite") return choose("1", "2", "3");
  if (column.id === 0 && /integer/i.test(type)) return choose("1", "2", "3", "5", "100", "NULL");
  if (column.id === 0) return choose("'a'", "'b'", "'c'", "'k''1'", "'12'");
  if (table.foreignKeys.some((key) => key.column === column.id)) {
    return /int/i.test(type) ? choose("NULL", "1", "2", "3") : choose("NULL", "'a'", "'b'", "'12'");
  }
  if (table.strict) return choose(...ofStrictType(type));
  return choose(...literals.integer, ...literals.real, ...literals.text, ...literals.blob);
}

function ofStrictType(type: string): readonly string[] {
  if (/int/i.test(type)) return literals.integer;
  if (/real/i.test(type)) return literals.real;
  if (/text/i.test(type)) return literals.text;
  return /blob/i.test(type) ? literals.blob : Object.values(literals).flat();
}

/** Statements that fill tables, as far as the constraints let them; the markers begin with a prefix. */
export function fillStatements(choose: Choose, schema: Schema, prefix: string): string[] {
  return schema.tables.flatMap((table) =>
    Array.from({ length: choose(0, 1, 3, 5) }, (_, at) => {
      const columns = table.columns.filter((column) => column.generated === undefined);
      const names = [...columns.map(({ name }) => q(name)), marker];
      const values = [
        ...columns.map((column) => literal(choose, table, column)),
        `'${prefix}${table.id}_${at}'`,
      ];
      return `INSERT OR IGNORE INTO ${q(table.name)} (${names.join(", ")}) VALUES (${values.join(", ")})`;
    }),
  );
}

/** Deletes rows here and there, so that rowids have gaps. */
export function deleteStatements(choose: Choose, schema: Schema): string[] {
  return schema.tables.map(
    (table) => `DELETE FROM ${q(table.name)} WHERE ${marker} LIKE '%\\_${choose(0, 1, 2, 9)}' ESCAPE '\\'`,
  );
}

/** One edit of a table: a column of the rows whose marker ends so gets a value. */
export interface RowEdit {
  readonly table: number;
  readonly column: number;
  readonly sql: string;
}

/** Changes values of columns that no row is known by: one whose key is edited has lost its archived values. */
export function editRows(choose: Choose, schema: Schema, before: Schema): RowEdit[] {
  const wasUnique = new Set(
    before.tables.flatMap((table) => table.columns.filter(({ unique }) => unique).map(({ id }) => id)),
  );
  return schema.tables.flatMap((table) => {
    const free = table.columns.filter(
      ({ id, generated }) =>
        id > 1 &&
        !wasUnique.has(id) &&
        generated === undefined &&
        !table.foreignKeys.some((key) => key.column === id),
    );
    if (free.length === 0) return [];
    const column = choose(...free);
    const where = `${marker} LIKE '%\\_${choose(0, 1, 2)}' ESCAPE '\\'`;
    const sql = `UPDATE OR IGNORE ${q(table.name)} SET ${q(column.name)} = ${literal(choose, table, column)} WHERE ${where}`;
    return [{ table: table.id, column: column.id, sql }];
  });
}

/** Deletes the rows that break a foreign key, and what breaks one by that. */
export function orphanStatements(schema: Schema): string[] {
  const once = schema.tables
    .filter((table) => table.foreignKeys.length > 0)
    .map((table) => {
      const name = parseTable(`CREATE TABLE x (${table.columns.map((column) => q(column.name)).join()})`);
      const orphans = `SELECT rowid FROM pragma_foreign_key_check WHERE "table" = '${table.name.replaceAll("'", "''")}'`;
      return `DELETE FROM ${q(table.name)} WHERE ${rowidName(name) ?? "rowid"} IN (${orphans})`;
    });
  return [...once, ...once, ...once, ...once];
}

/** The rows of each table: cells by column, told apart by the rows' markers where they have one. */
export type Content = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

const cell = (column: string) =>
  `CASE typeof(${column}) WHEN 'text' THEN 'text ' || hex(${column}) WHEN 'blob' THEN 'blob ' || hex(${column}) ELSE typeof(${column}) || ' ' || quote(${column}) END`;

/** Everything that the tables of a schema hold; rowids where there is no other key; counters. */
export async function readContent(database: Database, capture: Capture): Promise<Content> {
  const queries = capture.tables.map(({ sql, name }) => {
    const table = parseTable(sql);
    const rowid = table.primaryKey === undefined ? rowidName(table) : undefined;
    const cells = table.columns.map((column) => `${cell(q(column.name))} AS ${q(column.name)}`);
    if (rowid !== undefined) cells.push(`${cell(rowid)} AS __rowid`);
    return `SELECT ${cells.join(", ")} FROM ${q(name)} ORDER BY ${marker}, 1, 2`;
  });
  const counted = capture.tables.filter(({ sql }) => parseTable(sql).primaryKey?.autoincrement === true);
  const counter = "SELECT name, 'seq ' || seq AS seq FROM sqlite_sequence ORDER BY name";
  const answers = await database.read([...queries, ...(counted.length > 0 ? [counter] : [])]);
  const plain = (rows: readonly object[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row)) as Record<string, string>);
  const sequences = plain(answers[queries.length] ?? []).filter(({ name }) =>
    counted.some((table) => sameName(table.name, name ?? "")),
  );
  return {
    ...Object.fromEntries(capture.tables.map(({ name }, at) => [name, plain(answers[at] ?? [])])),
    sqlite_sequence: sequences,
  };
}

/** Statements that make a schema in an empty database. */
export function createStatements(capture: Capture): string[] {
  return [...capture.tables, ...capture.objects].map(({ sql }) => sql);
}
