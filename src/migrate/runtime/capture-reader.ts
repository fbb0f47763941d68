// Reads a database's schema in one round trip. What belongs to SQLite, libSQL or the tool is left out, but for the
// triggers that keep archives in step with tables: whatever changes such a table has to carry them over.
import { isArchiveTrigger } from "../planning/archive-upkeep.ts";
import {
  type Capture,
  type CapturedColumn,
  type CapturedObject,
  type CapturedTable,
  isInternalName,
} from "../schema/capture.ts";
import type { Database, Row } from "./connection.ts";
import { numberOf, textOf, textOrNull } from "./row-values.ts";

const schemaQuery = `
  SELECT s.type, s.name, s.tbl_name, s.sql, l.type AS kind, l.wr, l.strict
  FROM sqlite_schema AS s
  LEFT JOIN pragma_table_list AS l ON s.type = 'table' AND l.schema = 'main' AND l.name = s.name
  WHERE s.sql IS NOT NULL
  ORDER BY s.rowid`;

const columnQuery = `
  SELECT s.name AS owner, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
  FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS x
  WHERE s.type = 'table'
  ORDER BY s.rowid, x.cid`;

/**
 * Reads tables, indexes, views and triggers, each kind in the order of creation.
 *
 * @throws {MigrationError} as {@link Database.read}.
 */
export async function readCapture(database: Database): Promise<Capture> {
  const [schema = [], columns = []] = await database.read([schemaQuery, columnQuery]);
  const hidden = hiddenTables(schema);
  const visible = schema.filter(
    (row) =>
      (!isInternalName(textOf(row, "name")) || isArchiveTrigger(readObject(row))) &&
      !isInternalName(textOf(row, "tbl_name")) &&
      !hidden.has(textOf(row, "tbl_name")),
  );
  const columnsOf = groupColumns(columns);
  return {
    tables: visible
      .filter(({ type }) => type === "table")
      .map((row) => readTable(row, columnsOf.get(textOf(row, "name")) ?? [])),
    objects: visible.filter(({ type }) => type !== "table").map(readObject),
  };
}

/** Tables that come and go with a virtual table, or with a vector index, which SQLite does not call shadows. */
function hiddenTables(schema: readonly Row[]): ReadonlySet<string> {
  const shadows = schema.filter(({ kind }) => kind === "shadow");
  const vectors = schema.filter(
    (row) => row["type"] === "index" && /libsql_vector_idx\s*\(/i.test(textOf(row, "sql")),
  );
  return new Set([
    ...shadows.map((row) => textOf(row, "name")),
    ...vectors.map((row) => `${textOf(row, "name")}_shadow`),
  ]);
}

function readTable(row: Row, columns: readonly CapturedColumn[]): CapturedTable {
  return {
    name: textOf(row, "name"),
    sql: textOf(row, "sql"),
    kind: row["kind"] === "virtual" ? "virtual" : "table",
    withoutRowid: numberOf(row, "wr") === 1,
    strict: numberOf(row, "strict") === 1,
    columns,
  };
}

function readObject(row: Row): CapturedObject {
  const kind = row["type"] === "index" || row["type"] === "view" ? row["type"] : "trigger";
  return { kind, name: textOf(row, "name"), table: textOf(row, "tbl_name"), sql: textOf(row, "sql") };
}

const ordinary = 0;
const virtualColumn = 2;
const storedColumn = 3;

function groupColumns(rows: readonly Row[]): Map<string, CapturedColumn[]> {
  const columns = new Map<string, CapturedColumn[]>();
  for (const row of rows) {
    const hidden = numberOf(row, "hidden");
    // A virtual table's own hidden columns are part of its module.
    if (![ordinary, virtualColumn, storedColumn].includes(hidden)) continue;
    const owner = textOf(row, "owner");
    const list = columns.get(owner) ?? [];
    columns.set(owner, list);
    list.push({
      name: textOf(row, "name"),
      type: textOf(row, "type"),
      notNull: numberOf(row, "notnull") === 1,
      defaultValue: textOrNull(row, "dflt_value"),
      primaryKey: numberOf(row, "pk"),
      generated: hidden === virtualColumn ? "virtual" : hidden === storedColumn ? "stored" : "no",
    });
  }
  return columns;
}
