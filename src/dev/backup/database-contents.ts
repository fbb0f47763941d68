// A database as the statements that make it again: the same schema and rows give the same statements.
import type { Read, ReadRow } from "./exact-transaction.ts";
import { exactValueOf, literalOf, quoteName } from "./sql-literal.ts";
import { type ListedTable, readListing } from "./table-listing.ts";

/** One statement, and how many rows of the project's own tables it brings back. */
export interface BackupStatement {
  readonly sql: string;
  readonly rows: number;
}

/** How long an INSERT may get before the next begins, in characters. */
const insertLength = 64_000;
/** How long a literal may get before it is put together from pieces: the server refuses statements above 4 MB. */
const literalLength = 1_000_000;
/** What one answer may hold, in characters: the server refuses those above 10 MB. */
const pageLength = 1_000_000;
const mostRows = 5_000;

/** Reads a database, to be called in one transaction. */
export async function* readContents(read: Read): AsyncGenerator<BackupStatement> {
  const { tables, objects } = await readListing(read);
  for (const { sql } of tables) if (sql !== undefined) yield { sql, rows: 0 };
  for (const table of tables) {
    // What a virtual table has put into its shadows by itself, and the counters that rows have moved.
    if (table.sql === undefined) yield { sql: `DELETE FROM ${quoteName(table.name)}`, rows: 0 };
    if (table.columns.length > 0) yield* insertsOf(table, readRows(read, table));
  }
  for (const sql of objects) yield { sql, rows: 0 };
  const [version] = await read("PRAGMA user_version");
  if (Number(version?.[0] ?? 0) !== 0) yield { sql: `PRAGMA user_version=${String(version?.[0])}`, rows: 0 };
}

/** Rows as lists of literals, page by page in the order of the key. */
async function* readRows(read: Read, { name, columns, key }: ListedTable): AsyncGenerator<readonly string[]> {
  const selected = columns.map((column) => exactValueOf(column)).join(", ");
  const order = key.map(quoteName).join(", ");
  const keyAt = key.map((column) => columns.indexOf(column));
  let after = "";
  for (let limit = 100; ;) {
    const query = `SELECT ${selected} FROM ${quoteName(name)} ${after} ORDER BY ${order} LIMIT ${limit}`;
    const page = await readPage(read, query, limit);
    if (page === undefined) {
      limit = Math.ceil(limit / 10);
      continue;
    }
    const rows = page.map((row) => columns.map((_, at) => literalOf(row[2 * at], row[2 * at + 1])));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    // A plus takes the affinity of a CAST away, so that stored values are compared as they are.
    after = `WHERE (${order}) > (${keyAt.map((at) => `+${last[at] ?? ""}`).join(", ")})`;
    const length = rows.reduce((sum, row) => sum + row.join().length, 0);
    limit = Math.min(mostRows, Math.max(1, Math.floor((limit * pageLength) / length)));
  }
}

/** Undefined if the answer would be too large. One row never is: the server keeps none that it cannot give out. */
async function readPage(read: Read, query: string, limit: number): Promise<readonly ReadRow[] | undefined> {
  try {
    return await read(query);
  } catch (cause) {
    if (limit > 1 && cause instanceof Error && /RESPONSE_TOO_LARGE|too large/i.test(cause.message))
      return undefined;
    throw cause;
  }
}

/** Several rows a statement. If a value is too long for that, its row is made of pieces. */
async function* insertsOf(
  { name, sql, columns }: ListedTable,
  rows: AsyncIterable<readonly string[]>,
): AsyncGenerator<BackupStatement> {
  const counted = (count: number): number => (sql === undefined ? 0 : count);
  const head = `INSERT INTO ${quoteName(name)}(${columns.map(quoteName).join(",")}) VALUES`;
  let tuples: string[] = [];
  let length = 0;
  const take = (): BackupStatement[] => {
    const taken = tuples;
    [tuples, length] = [[], 0];
    return taken.length === 0 ? [] : [{ sql: head + taken.join(","), rows: counted(taken.length) }];
  };
  for await (const row of rows) {
    if (row.some((literal) => literal.length > literalLength)) {
      yield* take();
      yield* insertOfPieces(head, row);
      continue;
    }
    const tuple = `(${row.join(",")})`;
    if (length > 0 && length + tuple.length > insertLength) yield* take();
    tuples.push(tuple);
    length += tuple.length;
  }
  yield* take();
}

const pieces = quoteName("__eaves_pieces");

function* insertOfPieces(head: string, row: readonly string[]): Generator<BackupStatement> {
  yield { sql: `CREATE TABLE ${pieces}(at INTEGER, n INTEGER, bytes BLOB, PRIMARY KEY(at, n))`, rows: 0 };
  const values: string[] = [];
  for (const [at, literal] of row.entries()) {
    if (literal.length <= literalLength) {
      values.push(literal);
      continue;
    }
    const isBlob = literal.startsWith("X'");
    const hex = isBlob ? literal.slice(2, -1) : hexOf(literal);
    for (let n = 0; n * literalLength < hex.length; n += 1) {
      const piece = hex.slice(n * literalLength, (n + 1) * literalLength);
      yield { sql: `INSERT INTO ${pieces} VALUES(${at},${n},X'${piece}')`, rows: 0 };
    }
    const joined = `SELECT group_concat(bytes,'') FROM (SELECT bytes FROM ${pieces} WHERE at=${at} ORDER BY n)`;
    values.push(`CAST((${joined}) AS ${isBlob ? "BLOB" : "TEXT"})`);
  }
  yield { sql: `${head}(${values.join(",")})`, rows: 1 };
  yield { sql: `DROP TABLE ${pieces}`, rows: 0 };
}

/** The bytes of a text literal. */
function hexOf(literal: string): string {
  const [, hex] = /^CAST\(X'([0-9a-f]*)' AS TEXT\)$/.exec(literal) ?? [];
  return hex ?? Buffer.from(literal.slice(1, -1).replaceAll("''", "'")).toString("hex");
}
