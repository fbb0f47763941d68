// The schema as this tool left it, kept in the database, so that drift is seen without replaying the history.
import type { Capture } from "../../schema/capture.ts";
import { MigrationError } from "../../errors.ts";
import type { Layout } from "../../history/revision.ts";
import type { Database } from "../../runtime/connection.ts";
import { waitForLock } from "../../runtime/recovery.ts";
import { textOf } from "../../runtime/row-values.ts";
import { bookkeepingTables } from "../../runtime/version-table.ts";
import type { Context } from "./context.ts";

/** What the record says, and what is there now, seen at one moment. */
export interface SchemaRecord {
  /** `positionOfNewest` of the version table when it was written; undefined for base. */
  readonly when: number | undefined;
  /** The same, now. */
  readonly now: number | undefined;
  readonly recorded: Capture;
  readonly live: Capture;
}

/** Tables with nothing but their text, which is all that a comparison needs. */
const schemaText = `(SELECT json_group_array(json_array(s.type, s.name, s.tbl_name, s.sql)) FROM sqlite_schema AS s
LEFT JOIN pragma_table_list AS l ON s.type = 'table' AND l.schema = 'main' AND l.name = s.name
WHERE s.sql IS NOT NULL AND coalesce(l.type, '') <> 'shadow'
AND (s.name NOT LIKE '\\_\\_%' ESCAPE '\\' OR (s.type = 'trigger' AND s.name LIKE '\\_\\_eaves\\_archive\\_%' ESCAPE '\\'))
AND s.tbl_name NOT LIKE '\\_\\_%' ESCAPE '\\' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
AND s.name NOT LIKE 'libsql\\_%' ESCAPE '\\')`;
/** As `positionOfNewest`. */
const newest = `(SELECT max(moment) + count(DISTINCT hash) - 1 FROM (SELECT hash, coalesce(created_at, 0) AS moment
FROM __drizzle_migrations) WHERE moment = (SELECT max(coalesce(created_at, 0)) FROM __drizzle_migrations))`;

/** Records the schema as it is now as that of the newest revision; one transaction. */
export async function recordSchema(database: Database): Promise<void> {
  await database.write([
    "CREATE TABLE IF NOT EXISTS __eaves_schema (created_at INTEGER, schema TEXT NOT NULL)",
    "DELETE FROM __eaves_schema",
    `INSERT INTO __eaves_schema (created_at, schema) SELECT ${newest}, ${schemaText}`,
  ]);
}

/** The same after a stamp, which nothing but the lock can keep from being recorded. */
export async function recordAfterStamp(
  { clock: now, random }: Pick<Context, "clock" | "random">,
  database: Database,
  layout: Layout,
): Promise<void> {
  await waitForLock({ now, random, busyMs: 30_000, onEvent: () => undefined }, async () => {
    // Stamping base on a database without a version table leaves it without one: the record needs it.
    await database.write(bookkeepingTables(layout));
    await recordSchema(database);
  });
}

/** Reads the record and the live schema together; undefined if this tool never recorded one. */
export async function readSchemaRecord(database: Database): Promise<SchemaRecord | undefined> {
  const query = `SELECT created_at, schema, ${newest} AS now, ${schemaText} AS live FROM __eaves_schema`;
  let row;
  try {
    const [rows = []] = await database.read([query]);
    row = rows[0];
  } catch (error) {
    if (error instanceof MigrationError && error.message.includes("no such table")) return undefined;
    throw error;
  }
  if (row === undefined) return undefined;
  return {
    when: numberOf(row["created_at"]),
    now: numberOf(row["now"]),
    recorded: parseSchema(textOf(row, "schema")),
    live: parseSchema(textOf(row, "live")),
  };
}

function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

type SchemaRow = readonly [type: string, name: string, table: string, sql: string];

function parseSchema(text: string): Capture {
  const rows: readonly SchemaRow[] = JSON.parse(text);
  const tables = rows.filter(([type]) => type === "table");
  return {
    tables: tables.map(([, name, , sql]) => ({
      name,
      sql,
      kind: /^\s*create\s+virtual\b/i.test(sql) ? "virtual" : "table",
      withoutRowid: false,
      strict: false,
      columns: [],
    })),
    objects: rows.flatMap(([kind, name, table, sql]) =>
      kind === "index" || kind === "view" || kind === "trigger" ? [{ kind, name, table, sql }] : [],
    ),
  };
}
