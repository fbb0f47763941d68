// The oracle's view of the rows: every value by type and byte, rows found again by their key.
import type { Read } from "./place.ts";
import type { Structure } from "./structure.ts";

/** Rows of a table by key; a row's values by column. */
export type TableRows = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Everything that a database holds. */
export interface Contents {
  readonly tables: ReadonlyMap<string, TableRows>;
  readonly sequences: readonly string[];
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
/** `quote` would end a text at its first NUL. */
const literal = (name: string) =>
  `typeof(${name}) || ':' || CASE typeof(${name}) WHEN 'text' THEN hex(${name}) WHEN 'blob' THEN hex(${name}) ELSE quote(${name}) END`;

/** Reads every ordinary table. `keys` names the columns by which the rows of a table are found again. */
export async function readContents(
  read: Read,
  structure: Structure,
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<Contents> {
  const names = [...structure.order.keys()];
  const queries = names.map((name) => {
    const columns = structure.order.get(name) ?? [];
    const key = keys.get(name) ?? [];
    const keyed = key.length > 0 ? key.map((column) => literal(quoted(column))).join(" || ',' || ") : "rowid";
    const values = columns.map((column, at) => `${literal(quoted(column))} AS c${at}`);
    return `SELECT ${[`${keyed} AS k`, ...values].join(", ")} FROM ${quoted(name)} ORDER BY k`;
  });
  const [present = []] = await read(["SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"]);
  const results = await read([
    ...queries,
    ...(present.length > 0 ? ["SELECT name, seq FROM sqlite_sequence ORDER BY name"] : []),
  ]);
  const tables = names.map((name, at): [string, TableRows] => {
    const columns = structure.order.get(name) ?? [];
    return [
      name,
      new Map(
        (results[at] ?? []).map((row) => [
          String(row["k"]),
          Object.fromEntries(columns.map((column, index) => [column, String(row[`c${index}`])])),
        ]),
      ),
    ];
  });
  // The counter of a table that does not count is left alone by SQLite, and means nothing.
  const counts = (name: string) =>
    structure.facts
      .get(`table ${name.toLowerCase()}`)
      ?.some((line) => line.endsWith("autoincrement true")) === true;
  const sequences = (results[names.length] ?? [])
    .filter((row) => counts(String(row["name"])))
    .map((row) => `${String(row["name"])}=${String(row["seq"])}`);
  return { tables: new Map(tables), sequences };
}

/** What differs between two states of the same schema: rows, values and counters. `clocked` columns may differ. */
export function compareContents(
  expected: Contents,
  found: Contents,
  clocked: readonly string[] = [],
): string[] {
  const tables = [...expected.tables].flatMap(([name, rows]) => {
    const now = found.tables.get(name);
    if (now === undefined) return [`table ${name} is gone`];
    const lost = [...rows.keys()].filter((key) => !now.has(key));
    const surplus = [...now.keys()].filter((key) => !rows.has(key));
    const changed = [...rows].flatMap(([key, row]) =>
      Object.entries(row)
        .filter(([column]) => !clocked.includes(`${name}.${column}`))
        .filter(([column, value]) => now.has(key) && now.get(key)?.[column] !== value)
        .map(([column, value]) => `${name}.${column} of ${key} was ${value}, is ${now.get(key)?.[column]}`),
    );
    return [
      ...(lost.length > 0 ? [`${name} lost rows ${lost.join("; ")}`] : []),
      ...(surplus.length > 0 ? [`${name} gained rows ${surplus.join("; ")}`] : []),
      ...changed.slice(0, 3),
    ];
  });
  const counters =
    expected.sequences.join() === found.sequences.join()
      ? []
      : [`sequences were ${expected.sequences.join()}, are ${found.sequences.join()}`];
  return [...tables, ...counters];
}
