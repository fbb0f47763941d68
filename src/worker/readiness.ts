// Whether the database can be used and its schema is what this Worker was built for.
import { inArray, is, sql } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import {
  DatabaseAccessError,
  DatabaseAddressError,
  DatabaseBusyError,
  DatabaseError,
  DatabaseUnavailableError,
  StatementError,
} from "../database/errors.ts";
import type { Database } from "../database/drizzle.ts";
import { serverAnswerOf } from "../database/server-answer.ts";
import type { Session } from "../database/session.ts";
import * as schema from "../schema/index.ts";

/**
 * Why the database failed the question:
 * `unreachable`, no answer, or the server says that it cannot work now · `refused`, the token is not accepted ·
 * `read-only`, the token is accepted and may not write · `unknown-database`, the server has no such database ·
 * `quota`, the plan's limit is used up · `not-libsql`, another program answers.
 */
export type FailureReason =
  | "unreachable"
  | "refused"
  | "read-only"
  | "unknown-database"
  | "quota"
  | "not-libsql";

/**
 * Whether the service is ready. `behind`: the database lacks the revisions `pending`. `unstamped`: it has tables of the
 * schema and no record of revisions, as after `drizzle-kit push`; `revision` is the one whose tables they seem to be,
 * undefined if only some of them are there.
 */
export type Readiness =
  | { readonly ready: true; readonly revision: string | null }
  | { readonly ready: false; readonly reason: FailureReason; readonly cause: DatabaseError }
  | { readonly ready: false; readonly reason: "behind"; readonly pending: readonly string[] }
  | { readonly ready: false; readonly reason: "unstamped"; readonly revision: string | undefined };

const newestQuery = "SELECT max(created_at) AS newest FROM __drizzle_migrations";

/** A read that also asks whether the token may write. */
export type ProbingRead = Session["readAndProbeWrites"];

/**
 * Compares the last revision of the journal with the newest in the database, in one round trip; in one more if the
 * database has no record of revisions or the token may not write. A database that is further on is ready: revisions are
 * applied before the Worker that needs them is deployed.
 *
 * @param probe asks in the same round trip whether the token may write. By default it does not ask.
 */
export async function checkReadiness(db: Database, probe?: ProbingRead): Promise<Readiness> {
  try {
    const { newest, refusal } = await readNewest(db, probe);
    if (newest === undefined) return await explainUnversioned(db);
    const pending = journal.entries.filter(({ when }) => when > newest).map(({ tag }) => tag);
    if (pending.length > 0) return { ready: false, reason: "behind", pending };
    if (refusal !== undefined) return { ready: false, reason: "read-only", cause: refusal };
    return { ready: true, revision: journal.entries.at(-1)?.tag ?? null };
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    return { ready: false, reason: reasonOf(cause), cause };
  }
}

interface Newest {
  /** When the newest applied revision was made, by drizzle's record; undefined if there is no such record. */
  readonly newest: number | undefined;
  /** Why the token may not write; undefined if it may, or was not asked. */
  readonly refusal?: DatabaseError;
}

async function readNewest(db: Database, probe: ProbingRead | undefined): Promise<Newest> {
  try {
    if (probe === undefined) return await readPlainly(db);
    try {
      const { rows } = await probe(newestQuery);
      return { newest: numberOf(rows[0]?.["newest"]) };
    } catch (error) {
      if (error instanceof DatabaseAccessError) return { ...(await readPlainly(db)), refusal: error };
      // A busy or restarting server says nothing about the token; the plain read is repeated by the session.
      if (error instanceof DatabaseBusyError || error instanceof DatabaseUnavailableError) {
        return await readPlainly(db);
      }
      throw error;
    }
  } catch (error) {
    // The one thing that can be wrong with the statement itself is that there is no such table yet.
    if (error instanceof StatementError && serverAnswerOf(error)?.status === undefined) {
      return { newest: undefined };
    }
    throw error;
  }
}

async function readPlainly(db: Database): Promise<Newest> {
  const row = await db.get<{ newest: unknown } | undefined>(sql.raw(newestQuery));
  return { newest: numberOf(row?.newest) };
}

function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

/** Without a record of revisions: nothing is there yet, or tables that came in another way. */
async function explainUnversioned(db: Database): Promise<Readiness> {
  const expected = expectedObjects();
  const found = await db.all<{ name: string; columns: string | null }>(
    sql`SELECT name, (SELECT json_group_array(name) FROM pragma_table_info(m.name)) AS columns FROM sqlite_schema m
      WHERE type IN ('table', 'index') AND ${inArray(sql`name`, [...expected.keys()])}`,
  );
  const pending = journal.entries.map(({ tag }) => tag);
  if (found.length === 0) return { ready: false, reason: "behind", pending };
  const columnsOf = new Map(
    found.map(({ name, columns }) => [name, new Set<unknown>(JSON.parse(columns ?? "[]"))]),
  );
  const isWhole = [...expected].every(([name, columns]) => {
    const there = columnsOf.get(name);
    return there !== undefined && columns.every((column) => there.has(column));
  });
  return { ready: false, reason: "unstamped", revision: isWhole ? journal.entries.at(-1)?.tag : undefined };
}

/** The tables of the schema with their columns, and its indexes. */
function expectedObjects(): ReadonlyMap<string, readonly string[]> {
  const objects = new Map<string, readonly string[]>();
  for (const table of Object.values<unknown>(schema)) {
    if (!is(table, SQLiteTable)) continue;
    const { name, columns, indexes } = getTableConfig(table);
    objects.set(
      name,
      columns.map((column) => column.name),
    );
    for (const { config } of indexes) objects.set(config.name, []);
  }
  return objects;
}

function reasonOf(error: DatabaseError): FailureReason {
  const answer = serverAnswerOf(error);
  // A redirect is not followed, and stays until DATABASE_URL is corrected.
  if (error instanceof DatabaseAddressError) return "not-libsql";
  if (answer === undefined) return error instanceof DatabaseAccessError ? "refused" : "unreachable";
  const { status = 200 } = answer;
  // A proxy before the server may answer with a page of its own.
  if (status >= 500 || status === 429) return "unreachable";
  if (answer.isForeign) return "not-libsql";
  // Turso's word for a plan whose reads or writes are used up.
  if (answer.code === "BLOCKED") return "quota";
  switch (answer.status) {
    case undefined:
      return error instanceof DatabaseAccessError ? "refused" : "unreachable";
    case 401:
    case 403:
      return "refused";
    case 402:
      return "quota";
    case 404:
      return "unknown-database";
    default:
      return "not-libsql";
  }
}
