// Builds the one transaction that a step is: guard, script, foreign-key check, bookkeeping. Runs nothing.
import type { Step } from "../history/planner.ts";
import type { Script, ScriptStatement } from "../history/revision.ts";
import { type Applied, isSameRow, type NewRow, recordOf } from "../history/record.ts";
import type { Statement } from "./connection.ts";
import { checkAfter, countBefore, type ForeignKeyCheck, mayBreakForeignKeys } from "./foreign-keys.ts";
import { namedQuery } from "./version-table.ts";

/** Who applies, for the record. */
export interface Runner {
  /** Random: tells our own work from that of another runner. */
  readonly id: string;
  readonly toolVersion: string;
}

/** What a step's transaction is built from. */
export interface BatchInput {
  readonly step: Step;
  /** The version table that the plan was made for, oldest first. */
  readonly seen: readonly Applied[];
  /** Whether it has the names of revisions, as drizzle 1.0 has them. */
  readonly named: boolean;
  readonly runner: Runner;
  readonly appliedAt: number;
  readonly foreignKeys: ForeignKeyCheck;
}

/** Which part of the transaction a statement belongs to. */
export type BatchPart =
  | { readonly kind: "guard" }
  | { readonly kind: "script"; readonly script: Script; readonly statement: ScriptStatement }
  | { readonly kind: "foreign-keys" }
  | { readonly kind: "bookkeeping" };

/** The statements, and what each of them is for. */
export interface GuardedBatch {
  readonly statements: readonly Statement[];
  readonly parts: readonly BatchPart[];
}

/** The script that a step runs. */
export function scriptOf(step: Step): Script {
  return step.kind === "upgrade" ? step.revision.up : step.revision.down.script;
}

/** Puts the transaction together. */
export function buildBatch(input: BatchInput): GuardedBatch {
  const script = scriptOf(input.step);
  const checked = mayBreakForeignKeys(script.statements.map(({ sql }) => sql));
  const entries: (readonly [Statement, BatchPart])[] = [];
  const add = (kind: "guard" | "foreign-keys" | "bookkeeping", statements: readonly Statement[]): void => {
    entries.push(...statements.map((sql) => [sql, { kind }] as const));
  };
  add("guard", [guardHead(input.seen, input.named)]);
  if (checked) add("foreign-keys", countBefore(input.foreignKeys));
  entries.push(
    ...script.statements.map((statement) => [statement.sql, { kind: "script", script, statement }] as const),
  );
  if (checked) add("foreign-keys", checkAfter(input.foreignKeys));
  add("bookkeeping", [...record(input), clearGuard]);
  return { statements: entries.map(([sql]) => sql), parts: entries.map(([, part]) => part) };
}

/**
 * Fails by CHECK unless the version table still is what the plan saw. Being a write, it takes the lock before it
 * reads. Also fails if foreign keys are on, since a rebuild would then delete children.
 */
export function guardHead(seen: readonly Applied[], named: boolean): Statement {
  const top = seen.at(-1);
  const [hash, when] = top === undefined ? [null, null] : [top.hash, BigInt(top.when)];
  return {
    sql: `INSERT INTO __eaves_guard (started, enforced, moved) SELECT unixepoch('subsec'), (SELECT foreign_keys FROM pragma_foreign_keys),
(SELECT count(*) FROM __drizzle_migrations) IS NOT ? OR
(SELECT max(coalesce(created_at, 0)) FROM __drizzle_migrations) IS NOT ? OR
(SELECT max(hash) FROM __drizzle_migrations WHERE hash = ? AND coalesce(created_at, 0) = ?) IS NOT ? OR
${namedQuery} IS NOT ?`,
    args: [BigInt(seen.length), when, hash, when, hash, named ? 1n : 0n],
  };
}

/** Nothing of the guard stays behind as rows. */
export const clearGuard: Statement = "DELETE FROM __eaves_guard";

/** Drizzle's own row, as drizzle writes it; 1.0 also notes name and time, by the clock of who applies. */
export function insertVersion({ hash, when, name }: NewRow, named: boolean, appliedAt: number): Statement {
  if (!named) {
    return {
      sql: 'INSERT INTO "__drizzle_migrations" ("hash", "created_at") VALUES(?, ?)',
      args: [hash, BigInt(when)],
    };
  }
  return {
    sql: 'INSERT INTO "__drizzle_migrations" ("hash", "created_at", "name", "applied_at") VALUES(?, ?, ?, ?)',
    args: [hash, BigInt(when), name, new Date(appliedAt).toISOString()],
  };
}

/** Takes a row away, by what it has in the database, and our record of it, which is of the revision's own time. */
export function deleteVersion({ hash, when, name = null }: Applied, named: boolean, own = when): Statement[] {
  const moment = BigInt(when);
  const where = `coalesce(created_at, 0) = ? AND hash = ?${named ? " AND name IS ?" : ""}`;
  return [
    {
      sql: `DELETE FROM __drizzle_migrations WHERE ${where}`,
      args: [moment, hash, ...(named ? [name] : [])],
    },
    {
      sql: "DELETE FROM __eaves_revisions WHERE created_at IN (?, ?) AND hash = ?",
      args: [BigInt(own), moment, hash],
    },
  ];
}

/** The version table after a step. */
export function appliedAfter(seen: readonly Applied[], step: Step): readonly Applied[] {
  const top = seen.at(-1);
  // Racing runners of drizzle-kit leave a row twice; both are deleted.
  if (step.kind === "downgrade") return seen.filter((row) => top === undefined || !isSameRow(row, top));
  return [...seen, recordOf(step.revision, top)];
}

function record({ step, seen, named, runner, appliedAt }: BatchInput): Statement[] {
  const { when, up, down } = step.revision;
  if (step.kind === "downgrade") {
    return deleteVersion(seen.at(-1) ?? recordOf(step.revision), named, when);
  }
  const downChecksum = down.kind === "script" ? down.script.checksum : null;
  return [
    insertVersion(recordOf(step.revision, seen.at(-1)), named, appliedAt),
    {
      sql: `INSERT OR REPLACE INTO __eaves_revisions (created_at, hash, applied_at, duration_ms, tool_version, down_checksum, runner)
VALUES (?, ?, ?, CAST((unixepoch('subsec') - (SELECT max(started) FROM __eaves_guard)) * 1000 AS INTEGER), ?, ?, ?)`,
      args: [BigInt(when), up.checksum, BigInt(appliedAt), runner.toolVersion, downChecksum, runner.id],
    },
  ];
}
