// Applies drizzle-kit's statements as its users do, and says what became of schema and rows.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import type { Dialect } from "../matrix/drizzle-diff.ts";
import { findLosses } from "../matrix/expectation.ts";
import type { Place } from "../matrix/place.ts";
import { compareStructures, type Structure } from "../matrix/structure.ts";
import { type PreparedChange, readState, setUp } from "../matrix/trial.ts";

/** drizzle's migrator; the transaction that its other drivers open; or statement by statement, as a console runs a file. */
export type Way = "migrator" | "transaction" | "one by one";

/** A revision as it is on disk. */
export interface PlainRevision {
  readonly tag: string;
  readonly when: number;
  readonly text: string;
}

/** Joins statements as drizzle-kit does. */
export function textOf(statements: readonly string[]): string {
  return statements.join("\n--> statement-breakpoint\n");
}

/** Writes a folder of revisions for drizzle's migrator; the caller removes it. */
export async function writeRevisions(revisions: readonly PlainRevision[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-plain-"));
  await mkdir(join(folder, "meta"));
  for (const { tag, text } of revisions) await writeFile(join(folder, `${tag}.sql`), text);
  const entries = revisions.map(({ tag, when }, idx) => ({
    idx,
    version: "6",
    when,
    tag,
    breakpoints: true,
  }));
  await writeFile(
    join(folder, "meta", "_journal.json"),
    JSON.stringify({ version: "7", dialect: "sqlite", entries }),
  );
  return folder;
}

/** Runs drizzle's own migrator over revisions. */
export async function migratePlainly(client: Client, revisions: readonly PlainRevision[]): Promise<void> {
  const folder = await writeRevisions(revisions);
  try {
    await migrate(drizzle({ client }), { migrationsFolder: folder });
  } finally {
    await rm(folder, { recursive: true, maxRetries: 3 });
  }
}

async function apply(place: Place, statements: readonly string[], way: Way): Promise<void> {
  const client = createClient({ url: place.url });
  try {
    await client.execute("PRAGMA foreign_keys=ON");
    if (way === "migrator") {
      await migratePlainly(client, [{ tag: "0000_change", when: 1, text: textOf(statements) }]);
    } else if (way === "transaction") {
      const transaction = await client.transaction("write");
      try {
        for (const statement of statements) await transaction.execute(statement);
        await transaction.commit();
      } finally {
        transaction.close();
      }
    } else {
      await client.executeMultiple(statements.join("\n"));
    }
  } finally {
    client.close();
  }
}

/** What drizzle-kit's upgrade does to a database with rows: one line a fault, `ok` where there is none. */
export async function watchDrizzle(
  place: Place,
  prepared: PreparedChange,
  expected: Structure,
  how: { readonly dialect: Dialect; readonly way: Way },
): Promise<string> {
  const before = await setUp(place, prepared);
  const [orphansBefore = []] = await place.read(["SELECT 1 FROM pragma_foreign_key_check"]);
  try {
    await apply(place, prepared.drizzle[how.dialect].up, how.way);
  } catch (error) {
    return `fails: ${error instanceof Error ? [error.message, String(error.cause ?? "")].join(" ") : String(error)}`;
  }
  await place.database.migrate(["DROP TABLE IF EXISTS __drizzle_migrations"]);
  const after = await readState(place, prepared, "next");
  const [orphans = []] = await place.read(["SELECT 1 FROM pragma_foreign_key_check"]);
  const schema = compareStructures(expected, after.structure, false).map((line) => `schema: ${line}`);
  const order =
    schema.length > 0
      ? []
      : compareStructures(expected, after.structure, true).map((line) => `order: ${line}`);
  const values = (await findLosses(prepared, before.contents, after.contents)).map(
    (line) => `values: ${line}`,
  );
  const broken = orphans.length > orphansBefore.length ? [`orphans: ${orphans.length}`] : [];
  return [...schema, ...order, ...values, ...broken].join("\n") || "ok";
}
