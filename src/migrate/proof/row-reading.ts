// Reads all rows of a schema as SQL literals, so that values compare by type and by byte, and can be written again.
import { type Affinity, affinityOf } from "../sql/affinity.ts";
import type { Capture, CapturedTable } from "../schema/capture.ts";
import { foldName, quoteName } from "../sql/sql-tokens.ts";
import type { ScratchPort, ScratchRow } from "./scratch.ts";

/** The rows of one table; a row's values stand in the order of the columns. */
export interface TableRows {
  readonly name: string;
  readonly columns: readonly string[];
  /** The affinity of each column. */
  readonly affinities: readonly Affinity[];
  /** Those of the columns whose values SQLite computes. */
  readonly computed: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Everything that a schema holds. */
export interface Contents {
  /** By folded name. */
  readonly tables: ReadonlyMap<string, TableRows>;
  /** Of AUTOINCREMENT tables, by folded name. */
  readonly sequences: ReadonlyMap<string, string>;
  /** How many rows break a foreign key, by child and parent. */
  readonly violations: ReadonlyMap<string, number>;
  /** What `integrity_check` says, line by line; empty if all is well. */
  readonly damage: readonly string[];
}

/** A value as a literal; `quote` would end a text at its first NUL. */
function literalOf(column: string): string {
  const name = quoteName(column);
  return `CASE typeof(${name}) WHEN 'text' THEN 'CAST(x''' || hex(${name}) || ''' AS TEXT)' ELSE quote(${name}) END`;
}

/** Which columns are read: virtual ones only if their expression fails on no row. */
function readableColumns(table: CapturedTable, virtual: boolean): string[] {
  return table.columns.filter(({ generated }) => virtual || generated !== "virtual").map(({ name }) => name);
}

/** A query of all rows of a table, its columns as `c0`, `c1` … */
export function rowsQuery(table: string, columns: readonly string[]): string {
  const values = columns.map((column, index) => `${literalOf(column)} AS c${index}`);
  return `SELECT ${values.join(", ") || "1"} FROM ${quoteName(table)}`;
}

/** Takes the answer to {@link rowsQuery} apart. */
export function readLiterals(rows: readonly ScratchRow[], columns: readonly string[]): string[][] {
  return rows.map((row) => columns.map((_, index) => String(row[`c${index}`])));
}

const sequenceTable = "SELECT count(*) AS present FROM sqlite_schema WHERE name = 'sqlite_sequence'";
const integrityQuery = "SELECT DISTINCT integrity_check AS line FROM pragma_integrity_check";
const violationQuery = `SELECT "table" AS child, parent, count(*) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2`;

/** Reads all ordinary tables in one round trip, or two if there are sequences. */
export async function readContents(port: ScratchPort, capture: Capture): Promise<Contents> {
  const { present, tables, damage } = await readTables(port, capture, true).catch(() =>
    readTables(port, capture, false),
  );
  return {
    tables,
    damage,
    sequences: present ? await readSequences(port) : new Map(),
    violations: await readViolations(port),
  };
}

async function readTables(
  port: ScratchPort,
  capture: Capture,
  virtual: boolean,
): Promise<Pick<Contents, "tables" | "damage"> & { readonly present: boolean }> {
  const tables = capture.tables.filter(({ kind }) => kind === "table");
  const queries = tables.map((table) => rowsQuery(table.name, readableColumns(table, virtual)));
  const [present = [], damage = [], ...found] = await port.read([sequenceTable, integrityQuery, ...queries]);
  const entries = tables.map((table, index): [string, TableRows] => {
    const columns = readableColumns(table, virtual);
    const computed = table.columns.filter(({ generated }) => generated !== "no").map(({ name }) => name);
    const rows = readLiterals(found[index] ?? [], columns);
    const affinities = columns.map((name) =>
      affinityOf(table.columns.find((column) => column.name === name)?.type ?? "", table.strict),
    );
    return [foldName(table.name), { name: table.name, columns, affinities, computed, rows }];
  });
  return {
    present: Number(present[0]?.["present"]) > 0,
    tables: new Map(entries),
    damage: damage.map((row) => String(row["line"])).filter((line) => line !== "ok"),
  };
}

async function readSequences(port: ScratchPort): Promise<Map<string, string>> {
  const [rows = []] = await port.read(["SELECT name, quote(seq) AS seq FROM sqlite_sequence"]);
  return new Map(rows.map((row) => [foldName(String(row["name"])), String(row["seq"])]));
}

/** A key whose parent does not exist, or has no such unique key, makes the check itself fail: nothing to count then. */
async function readViolations(port: ScratchPort): Promise<Map<string, number>> {
  const [rows = []] = await port.read([violationQuery]).catch(() => []);
  return new Map(
    rows.map((row) => [`${String(row["child"])} to ${String(row["parent"])}`, Number(row["rows"])]),
  );
}
