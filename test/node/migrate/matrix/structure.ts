// The oracle's view of a schema: what SQLite's own pragmas say, and the texts that no pragma shows.
import type { Row } from "../../../../src/migrate/runtime/connection.ts";
import type { Read } from "./place.ts";
import { collationsOf, groupsBehind, spellOut, withoutParentheses } from "./sql-spelling.ts";

/** One line a fact, by the object that it is about. */
export interface Structure {
  readonly facts: ReadonlyMap<string, readonly string[]>;
  /** Columns of each table in their order. */
  readonly order: ReadonlyMap<string, readonly string[]>;
}

const text = (row: Row, name: string) => String(row[name] ?? "");

const masterQuery = `SELECT s.type, s.name, s.tbl_name, s.sql, l.type AS kind, l.wr, l.strict FROM sqlite_schema AS s
  LEFT JOIN pragma_table_list AS l ON s.type = 'table' AND l.schema = 'main' AND l.name = s.name
  WHERE s.name NOT LIKE 'sqlite@_%' ESCAPE '@' AND s.name NOT LIKE '@_@_eaves%' ESCAPE '@' AND s.name NOT LIKE 'libsql@_%' ESCAPE '@'`;
const owned = (pragma: string) =>
  `SELECT s.name AS owner, x.* FROM sqlite_schema AS s, ${pragma}(s.name) AS x WHERE s.type = 'table' AND s.sql LIKE 'CREATE TABLE%'`;
const indexColumns = `SELECT s.name AS owner, i.name AS index_name, x.* FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS x
  WHERE s.type = 'table' AND s.sql LIKE 'CREATE TABLE%' AND x.key = 1`;

/** Reads a schema in one round trip. */
export async function readStructure(read: Read): Promise<Structure> {
  const [master = [], columns = [], keys = [], indexes = [], parts = []] = await read([
    masterQuery,
    owned("pragma_table_xinfo"),
    owned("pragma_foreign_key_list"),
    owned("pragma_index_list"),
    indexColumns,
  ]);
  const facts = new Map<string, string[]>();
  const order = new Map<string, string[]>();
  for (const object of master) {
    const [name, table, sql] = [text(object, "name"), text(object, "tbl_name"), text(object, "sql")];
    if (text(object, "kind") === "shadow") continue;
    const isOrdinary = object["type"] === "table" && text(object, "kind") !== "virtual";
    const own = <R extends Row>(rows: readonly R[]) => rows.filter((row) => row["owner"] === name);
    const lines = isOrdinary
      ? tableFacts(object, own(columns), own(keys), own(indexes), parts)
      : [spellOut(sql, object["type"] === "index" ? [table] : [])];
    facts.set(`${text(object, "type")} ${name.toLowerCase()}`, lines);
    if (isOrdinary)
      order.set(
        name,
        own(columns).map((column) => text(column, "name")),
      );
  }
  return { facts, order };
}

function tableFacts(
  table: Row,
  columns: readonly Row[],
  keys: readonly Row[],
  indexes: readonly Row[],
  parts: readonly Row[],
): string[] {
  const [name, sql] = [text(table, "name"), text(table, "sql")];
  const names = columns.map((column) => text(column, "name"));
  const keyIds = [...new Set(keys.map((key) => text(key, "id")))];
  const constraints = indexes.filter((index) => index["origin"] !== "c");
  return [
    `rowid ${String(table["wr"])} strict ${String(table["strict"])} autoincrement ${spellOut(sql).includes(" autoincrement")}`,
    ...columns.map((column) =>
      [
        "column",
        text(column, "name").toLowerCase(),
        text(column, "type").toLowerCase().replaceAll(" ", ""),
        text(column, "notnull"),
        bareDefault(column),
        text(column, "pk"),
        text(column, "hidden"),
      ].join(" "),
    ),
    ...keyIds.map((id) =>
      keys
        .filter((key) => text(key, "id") === id)
        .map((key) =>
          ["key", key["from"], key["table"], key["to"], key["on_update"], key["on_delete"], key["match"]]
            .map(String)
            .join(" ")
            .toLowerCase(),
        )
        .toSorted()
        .join("; "),
    ),
    ...constraints.map((index) =>
      [
        `index ${text(index, "origin")} ${text(index, "unique")}`,
        ...parts
          .filter((part) => part["index_name"] === index["name"] && part["owner"] === name)
          .map((part) => [part["name"], part["desc"], part["coll"]].map(String).join(" ").toLowerCase()),
      ].join(", "),
    ),
    ...groupsBehind(sql, "check", [name]).map((check) => `check ${withoutParentheses(check)}`),
    ...groupsBehind(sql, "as", [name]).map((expression) => `computed ${withoutParentheses(expression)}`),
    ...collationsOf(sql, names).map((collation) => `collate ${collation}`),
  ].toSorted();
}

function bareDefault(column: Row): string {
  const value = column["dflt_value"];
  if (value === null || value === undefined) return "no-default";
  return `default ${withoutParentheses(spellOut(String(value)))}`;
}

/** What differs, one line each; the order of columns only where it is asked for. */
export function compareStructures(expected: Structure, found: Structure, inOrder: boolean): string[] {
  const names = [...new Set([...expected.facts.keys(), ...found.facts.keys()])];
  const different = names.flatMap((name) => {
    const [want, have] = [expected.facts.get(name), found.facts.get(name)];
    if (want === undefined) return [`${name} is there`];
    if (have === undefined) return [`${name} is missing`];
    const lacks = want.filter((line) => !have.includes(line));
    const surplus = have.filter((line) => !want.includes(line));
    return lacks.length + surplus.length === 0 && want.length === have.length
      ? []
      : [`${name}: wants [${lacks.join(" | ")}], has [${surplus.join(" | ")}]`];
  });
  const moved = [...expected.order].flatMap(([name, columns]) => {
    const now = found.order.get(name) ?? [];
    return !inOrder || columns.join() === now.join()
      ? []
      : [`${name}: columns ${now.join()} instead of ${columns.join()}`];
  });
  return [...different, ...moved];
}
