// A database with everything in it that a backup gets wrong easily, and an oracle that looks at every byte of one.
import { createHash } from "node:crypto";
import { createClient, type Client, type InStatement } from "@libsql/client";
import { parseDatabaseConfig, type DatabaseConfig } from "../../../../src/database/config.ts";

/** What the functions under test are handed. */
export function configOf(url: string): DatabaseConfig {
  const nowhere = "/nowhere";
  const scope = { runtime: "node", projectFolder: nowhere, serverFolder: `${nowhere}/server` } as const;
  return parseDatabaseConfig({ DATABASE_URL: url }, scope);
}

/** Works with a client, and closes it. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ url, intMode: "bigint" });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Runs statements in one transaction with foreign keys off. */
export async function run(url: string, statements: readonly InStatement[]): Promise<void> {
  await withClient(url, (client) => client.migrate([...statements]));
}

const schema = [
  "CREATE TABLE values_of_all_kinds (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT, b BLOB, r REAL, n NUMERIC, x)",
  "CREATE TABLE computed (id INTEGER PRIMARY KEY, n INT, d INT GENERATED ALWAYS AS (n * 2), s INT AS (n * 3) STORED)",
  "CREATE TABLE keyed (k TEXT, j INT, v, PRIMARY KEY (k COLLATE NOCASE, j DESC)) WITHOUT ROWID",
  "CREATE TABLE strict_any (id INTEGER PRIMARY KEY, v ANY) STRICT",
  "CREATE TABLE hidden_rowid (v TEXT)",
  "CREATE TABLE taken_rowid (rowid TEXT, id INT PRIMARY KEY)",
  "CREATE TABLE descending (id INTEGER PRIMARY KEY DESC)",
  `CREATE TABLE "or'der; by" ("a""b" TEXT, [select] TEXT, \`c d\` TEXT)`,
  "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INT REFERENCES parent(id) ON DELETE CASCADE)",
  "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
  "CREATE VIRTUAL TABLE words USING fts5(body, tokenize='porter')",
  "CREATE VIRTUAL TABLE outside USING fts5(t, content='values_of_all_kinds', content_rowid='id')",
  "CREATE TABLE log (message TEXT)",
  "CREATE TRIGGER logs AFTER INSERT ON values_of_all_kinds\nBEGIN\n  INSERT INTO log VALUES ('fired; ' || new.id);\r\n" +
    "  INSERT INTO outside(rowid, t) VALUES (new.id, new.t);\nEND",
  "CREATE INDEX part ON values_of_all_kinds (t COLLATE NOCASE) WHERE r > 0",
  "CREATE UNIQUE INDEX expression ON hidden_rowid (lower(v))",
  "CREATE VIEW over_view AS SELECT * FROM base_view",
  "CREATE VIEW base_view AS SELECT *\n-- eaves:lines 3\n FROM log",
  "PRAGMA user_version = 7",
];

const kinds = "INSERT INTO values_of_all_kinds";
const rows: readonly InStatement[] = [
  {
    sql: `${kinds} VALUES (5, ?, ?, ?, ?, ?)`,
    args: [
      'it\'s; a\n"line"\r\n\t-- /* \\n \u2028',
      new Uint8Array([0, 1, 255]),
      0.1,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ],
  },
  `${kinds} (t, b, r, n, x) VALUES ('a' || char(0) || 'b', x'', 9e999, 1.0, 'x' || char(0))`,
  // A lone surrogate and bytes that are no UTF-8; a whole number that is a real where no affinity makes it one.
  `${kinds} (t, r, n, x) VALUES (char(55296) || '🙂é', -9e999, 123456789012345678, 3.0)`,
  `${kinds} (t, x) VALUES (CAST(x'ff41' AS TEXT), 1e23)`,
  // SQLite does not read these as the numbers that they spell.
  { sql: `${kinds} (t, r, x) VALUES (NULL, ?, ?)`, args: [Number.MAX_VALUE, 58936.49131012824] },
  { sql: `${kinds} (t, r, x) VALUES ('', ?, ?)`, args: [5e-324, -4.653589074762826e-256] },
  `${kinds} (id, t) VALUES (40, 'deleted')`,
  "DELETE FROM values_of_all_kinds WHERE id = 40",
  "INSERT INTO computed (id, n) VALUES (1, 5), (2, NULL)",
  "INSERT INTO keyed VALUES ('k', 1, 1), ('k', 5, 1.0), ('Z', 2, x'00'), ('', -1, NULL)",
  "INSERT INTO strict_any VALUES (1, 1.0), (2, 'x'), (3, x'00'), (4, 5), (-7, NULL)",
  "INSERT INTO hidden_rowid (rowid, v) VALUES (10, 'ten'), (20, 'twenty'), (-3, NULL)",
  "INSERT INTO taken_rowid (_rowid_, rowid, id) VALUES (77, 'taken', 1)",
  "INSERT INTO descending VALUES (3), (1), (2)",
  `INSERT INTO "or'der; by" VALUES ('-- eaves:lines 5', 'COMMIT;', 'x')`,
  "INSERT INTO parent VALUES (1)",
  // The second one points to nothing, as rows do that were written with foreign keys off.
  "INSERT INTO child VALUES (1, 1), (2, 99)",
  "INSERT INTO words VALUES ('running dogs'), ('a cat')",
];

/** Fills an empty database with all of it. */
export async function fillWithEverything(url: string): Promise<void> {
  await run(url, [...schema, ...rows]);
}

/** Every object of the schema, and every value of every table by type and byte; one line each. */
export async function lookAtEverything(url: string): Promise<readonly string[]> {
  return await withClient(url, async (client) => {
    const ask = async (sql: string) => (await client.execute(sql)).rows;
    const objects = await ask("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
    const lines = objects.map(
      (row) => `${String(row[0])} ${String(row[1])} ${String(row[2])} ${String(row[3])}`,
    );
    const stored = await ask(
      "SELECT l.name, x.name, l.wr FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS x " +
        "WHERE l.schema = 'main' AND l.type <> 'view' AND l.name <> 'sqlite_schema' AND x.hidden <> 1 ORDER BY l.name, x.cid",
    );
    for (const [table, columns] of Map.groupBy(stored, (row) => String(row[0]))) {
      const literals = columns.map((row) => literalOf(`"${String(row[1]).replaceAll('"', '""')}"`));
      if (Number(columns[0]?.[2]) === 0) literals.push("_rowid_");
      const found = await ask(`SELECT ${literals.join(" || ' ' || ")} FROM "${table}" ORDER BY 1`);
      lines.push(...found.map((row) => `${table}: ${String(row[0])}`));
    }
    const [version] = await ask("PRAGMA user_version");
    return [...lines, `user_version ${String(version?.[0])}`];
  });
}

/** A real by all its digits, since SQLite's own spelling of two may be the same. */
function literalOf(name: string): string {
  return (
    `typeof(${name}) || ':' || CASE typeof(${name}) WHEN 'text' THEN hex(${name}) WHEN 'blob' THEN hex(${name}) ` +
    `WHEN 'real' THEN printf('%!.26e', ${name}) ELSE coalesce(${name}, 'NULL') END`
  );
}

/** Every row of the large table `pages`. Row by row, since one answer does not hold two of the large ones. */
export async function hashPages(url: string): Promise<readonly string[]> {
  return await withClient(url, async (client) => {
    const query = "SELECT typeof(b), b, typeof(t), CAST(t AS BLOB) FROM pages WHERE";
    const hashes: string[] = [];
    for (const range of ["id <= 3000", ...Array.from({ length: 24 }, (_, at) => `id = ${3_001 + at}`)]) {
      const found = await client.execute(`${query} ${range} ORDER BY id`);
      const hash = createHash("sha256");
      for (const row of found.rows) {
        for (const value of Array.from({ length: 4 }, (_, at) => row[at]))
          hash.update(value instanceof ArrayBuffer ? new Uint8Array(value) : String(value));
      }
      hashes.push(`${found.rows.length} ${hash.digest("hex")}`);
    }
    return hashes;
  });
}

/** How many rows a table has. */
export async function countRows(url: string, table: string): Promise<number> {
  return await withClient(url, async (client) =>
    Number((await client.execute(`SELECT count(*) FROM ${table}`)).rows[0]?.[0]),
  );
}
