// What a database holds, as far as a backup has to write it down: what SQLite and libSQL make by themselves is left out.
import { DevError } from "../command/dev-error.ts";
import type { Read, ReadRow } from "./exact-transaction.ts";

/** A table whose rows are written down. */
export interface ListedTable {
  readonly name: string;
  /** Undefined if something else makes it: a virtual table its shadows, SQLite its counters. */
  readonly sql: string | undefined;
  /** What is stored, in order; a rowid that no column shows comes first. Empty for a virtual table. */
  readonly columns: readonly string[];
  /** What its rows are ordered and addressed by. */
  readonly key: readonly string[];
}

/** A schema in the order in which it is made again. */
export interface Listing {
  readonly tables: readonly ListedTable[];
  /** Indexes, then views, then triggers: made when the rows are there, so that no trigger fires. */
  readonly objects: readonly string[];
}

const schemaQuery = `
  SELECT s.type, s.name, s.tbl_name, s.sql, l.type, l.wr
  FROM sqlite_schema AS s
  LEFT JOIN pragma_table_list AS l ON s.type = 'table' AND l.schema = 'main' AND l.name = s.name
  WHERE s.sql IS NOT NULL ORDER BY s.rowid`;

const columnQuery = `
  SELECT s.name, x.name, x.type, x.pk,
    EXISTS (SELECT 1 FROM pragma_index_list(s.name) AS i WHERE i.origin = 'pk')
  FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS x
  WHERE s.type = 'table' AND x.hidden = 0 ORDER BY s.rowid, x.cid`;

/** Reads the schema of a database. */
export async function readListing(read: Read): Promise<Listing> {
  const schema = await read(schemaQuery);
  const columns = Map.groupBy(await read(columnQuery), (row) => text(row, 0));
  const vectors = schema.filter((row) => row[0] === "index" && /libsql_vector_idx\s*\(/i.test(text(row, 3)));
  const made = new Set(vectors.map((row) => `${text(row, 1)}_shadow`));
  const own = schema.filter(
    (row) =>
      !made.has(text(row, 2)) &&
      !/^libsql_/i.test(text(row, 1)) &&
      !/^sqlite_(?!sequence$)/i.test(text(row, 1)),
  );
  const of = (kind: string) => own.filter((row) => row[0] === kind);
  const tables = of("table").map((row) => listTable(row, columns.get(text(row, 1)) ?? []));
  return {
    // Rows move the counters, so these are set last.
    tables: tables.toSorted((one, other) => Number(isCounter(one.name)) - Number(isCounter(other.name))),
    objects: ["index", "view", "trigger"].flatMap((kind) => of(kind).map((row) => text(row, 3))),
  };
}

function listTable(row: ReadRow, columns: readonly ReadRow[]): ListedTable {
  const [name, kind] = [text(row, 1), row[4]];
  if (kind === "virtual") return { name, sql: text(row, 3), columns: [], key: [] };
  const sql = kind === "shadow" || isCounter(name) ? undefined : text(row, 3);
  const names = columns.map((column) => text(column, 1));
  const keys = columns.filter((column) => Number(column[3]) > 0);
  if (Number(row[5]) === 1) {
    const ordered = keys.toSorted((one, other) => Number(one[3]) - Number(other[3]));
    return { name, sql, columns: names, key: ordered.map((column) => text(column, 1)) };
  }
  // INTEGER PRIMARY KEY is the rowid itself, unless it has an index of its own, as with DESC.
  const [only] = keys;
  const isRowid = keys.length === 1 && /^integer$/i.test(text(only ?? {}, 2)) && Number(only?.[4]) === 0;
  if (isRowid) return { name, sql, columns: names, key: [text(only ?? {}, 1)] };
  const taken = new Set(names.map((column) => column.toLowerCase()));
  const rowid = ["rowid", "_rowid_", "oid"].find((word) => !taken.has(word));
  if (rowid === undefined) {
    throw new DevError(
      "DATABASE_FAILED",
      `Table ${name} has columns rowid, _rowid_ and oid, so that its rows cannot be addressed: rename one of them`,
    );
  }
  return { name, sql, columns: [rowid, ...names], key: [rowid] };
}

/** Where SQLite keeps the counters of AUTOINCREMENT. */
function isCounter(table: string): boolean {
  return table.toLowerCase() === "sqlite_sequence";
}

function text(row: ReadRow, at: number): string {
  const value = row[at];
  if (typeof value === "string") return value;
  throw new TypeError(`Column ${at} of the schema is ${typeof value}, expected a text`);
}
