// Whether a tool did its work: one that does nothing would be the fastest. Looks into database and files, not at what
// the tool says of itself, wherever there is something to see.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Client, createClient } from "@libsql/client";
import { contentOf, instantOf, tagOf } from "./history.ts";
import { type BenchDatabase, type BenchProject, downgradeFile } from "./projects.ts";
import type { Job, Tool } from "./tools.ts";

/** A job that a tool says it has done. */
export interface Work {
  readonly tool: Tool;
  readonly job: Job;
  /** Where it was run. */
  readonly project: BenchProject;
  readonly database: BenchDatabase;
  readonly output: string;
}

/** Looks for the work of a job. @throws where it is not all there, saying what was found instead. */
export async function checkWork(work: Work): Promise<void> {
  const { tool, job, project } = work;
  // drizzle-kit has no downgrade to write.
  const written = { up: true, down: tool !== "drizzle-kit" };
  if (job === "revision") expectSame(work, await readNewRevision(work), written);
  else if (job === "adopt") expectSame(work, await readDowngrades(project), { proven: project.length });
  else
    expectSame(
      work,
      await readDatabaseStatus(work),
      standingAt(work, job === "downgrade" ? 0 : project.length),
    );
  const answer = answers[job]?.[tool];
  if (answer === undefined) return;
  const expected = answer(tagOf(project.length - 1));
  if (!work.output.includes(expected)) expectSame(work, { output: work.output }, { output: expected });
}

/** What is printed by a job that leaves nothing else behind. */
const answers: Readonly<Partial<Record<Job, Partial<Record<Tool, (head: string) => string>>>>> = {
  current: { eaves: (head) => `${head} (head)`, alembic: (head) => `${head} (head)` },
  check: {
    eaves: () => "ok\n",
    "drizzle-kit": () => "Everything's fine",
    alembic: () => "No new upgrade operations detected",
  },
};

function expectSame({ tool, job }: Work, found: object, expected: object): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(
    `${tool} did not do its ${job}, and is not measured: ` +
      `found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
  );
}

/** The newest revision that is recorded, and what the database holds. */
interface DatabaseStatus {
  readonly recorded: string | undefined;
  readonly tables: number;
  readonly columns: number;
  readonly indexes: number;
}

function standingAt({ tool }: Work, length: number): DatabaseStatus {
  const top = tool === "alembic" ? tagOf(length - 1) : `${length} to ${instantOf(length - 1)}`;
  return { recorded: length === 0 ? undefined : top, ...contentOf(length) };
}

async function readDatabaseStatus({ tool, database }: Work): Promise<DatabaseStatus> {
  return withClient(database, async (client) => {
    const ask = async (sql: string): Promise<unknown> => (await client.execute(sql)).rows[0]?.[0];
    const count = async (sql: string): Promise<number> => Number(await ask(`SELECT count(*) FROM ${sql}`));
    const tables = `sqlite_schema AS t WHERE t.type = 'table' AND t.name LIKE 'table\\_%' ESCAPE '\\'`;
    const [source, top] = recordsOf[tool];
    const isThere = await ask(`SELECT 1 FROM sqlite_schema WHERE name = '${source}'`);
    const recorded = isThere === undefined ? undefined : await ask(`SELECT ${top} FROM ${source}`);
    return {
      recorded: typeof recorded === "string" ? recorded : undefined,
      tables: await count(tables),
      columns: await count(
        `${tables} AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) AS c WHERE c.name = 'note')`,
      ),
      indexes: await count("sqlite_schema WHERE type = 'index' AND name LIKE 'ix\\_table\\_%' ESCAPE '\\'"),
    };
  });
}

const drizzleRecords = [
  "__drizzle_migrations",
  "iif(count(*) = 0, NULL, count(*) || ' to ' || CAST(max(created_at) AS INTEGER))",
] as const;

/** Each tool's version table, and how to ask it for the newest revision. */
const recordsOf: Readonly<Record<Tool, readonly [table: string, top: string]>> = {
  eaves: drizzleRecords,
  "drizzle-kit": drizzleRecords,
  alembic: ["alembic_version", "max(version_num)"],
};

/** Drops all that says which revisions are applied: what is left is a database that came to its schema by a push. */
export async function forgetRevisions(database: BenchDatabase): Promise<void> {
  await withClient(database, async (client) => {
    const { rows } = await client.execute(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '__*_*' OR name = 'alembic_version'`,
    );
    for (const row of rows) await client.execute(`DROP TABLE "${String(row["name"])}"`);
  });
}

/** Which scripts of a revision are there that add the column, and take it back. */
async function readNewRevision({ tool, project }: Work): Promise<{ up: boolean; down: boolean }> {
  const folder = join(project.folder, tool === "alembic" ? "alembic/versions" : "drizzle");
  const files = (await readdir(folder)).filter((name) => name.includes("add_extra"));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  const has = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  return tool === "alembic"
    ? { up: has(/op\.add_column\(.*'extra'/u), down: has(/op\.drop_column\(.*'extra'/u) }
    : { up: has(/ADD `extra`/u), down: has(/proven[\s\S]*DROP COLUMN `extra`/u) };
}

async function readDowngrades({ folder, length }: BenchProject): Promise<{ proven: number }> {
  const texts = await Promise.all(
    Array.from({ length }, (_, index) =>
      readFile(join(folder, downgradeFile(index)), "utf8").catch(() => ""),
    ),
  );
  return { proven: texts.filter((text) => text.includes("-- eaves:proven")).length };
}

async function withClient<T>({ url }: BenchDatabase, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ url });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
