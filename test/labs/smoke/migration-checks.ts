// The migration tool against a real database: up, down and up again, with a version table of its own.
import type { Client } from "@libsql/client/http";
import type { DatabaseConfig } from "../../../src/database/config.ts";
import { type Context, downgrade, stamp, upgrade } from "../../../src/migrate/index.ts";
import { type CheckGroup, expectFailure, expectSame, timed } from "./check.ts";
import { smokeRevisions, writeRevisions } from "./revisions.ts";

/** What the checks work with. */
export interface MigrationGround {
  readonly prefix: string;
  readonly config: DatabaseConfig;
  /** A folder of the run's own, for the revisions. */
  readonly folder: string;
  /** Looks at the database beside the tool. */
  readonly client: Client;
}

const people = [
  { email: "ada@example.com", bio: "Wrote the first program" },
  { email: "alan@example.com", bio: null },
  { email: "grace@example.com", bio: "Found a bug" },
];

/** The checks of the tool; each goes on where the one before it ended. */
export function migrationChecks(ground: MigrationGround): CheckGroup {
  const context = contextOf(ground);
  const tags = smokeRevisions(ground.prefix).map(({ tag }) => tag);
  const check = (name: string, run: (work: Work) => Promise<string>) => {
    return { name, run: () => run({ ...ground, context, tags }) };
  };
  return {
    title: "the migrations",
    isChain: true,
    checks: [
      check("upgrade beside the revisions that are there", checkUpgrade),
      check("upgrade drops a column and keeps its values", checkArchive),
      check("downgrade brings the column back with its values", checkReturn),
      check("downgrade refuses to lose newer data unasked", checkRefusal),
      check("downgrade to base leaves nothing", checkBase),
      check("two runners upgrade again, each revision once", checkRunners),
    ],
  };
}

interface Work extends MigrationGround {
  readonly context: Context;
  readonly tags: readonly string[];
}

async function checkUpgrade({ context, client, folder, prefix, tags }: Work): Promise<string> {
  await writeRevisions(folder, prefix);
  // Tables that have nothing to do with these revisions are no drift.
  await stamp(context, { target: "base" });
  const [{ executed }, ms] = await timed(() => upgrade(context, { target: "+2" }));
  expectSame("executed", executed, tags.slice(0, 2));
  const sql = `INSERT INTO ${prefix}people (email, bio) VALUES (?, ?)`;
  await client.batch(
    people.map(({ email, bio }) => ({ sql, args: [email, bio] })),
    "write",
  );
  return `2 revisions in ${ms} ms`;
}

async function checkArchive(work: Work): Promise<string> {
  await upgrade(work.context);
  expectSame(
    "rows",
    await readPeople(work, "email"),
    people.map(({ email }) => ({ email })),
  );
  expectSame("columns", await readColumns(work), ["id", "email"]);
  return "archived";
}

async function checkReturn(work: Work): Promise<string> {
  const [, ms] = await timed(() => downgrade(work.context, { target: "-1" }));
  expectSame("rows", await readPeople(work, "email, bio"), people);
  return `${ms} ms`;
}

async function checkRefusal(work: Work): Promise<string> {
  await expectFailure(downgrade(work.context, { target: "base" }), "NEWER_DATA");
  expectSame("rows", await readPeople(work, "email, bio"), people);
  return "NEWER_DATA, and every row is there";
}

async function checkBase(work: Work): Promise<string> {
  const { executed } = await downgrade(work.context, { target: "base", acceptNewerData: true });
  expectSame("executed", executed, work.tags.slice(0, 2).toReversed());
  expectSame("columns", await readColumns(work), []);
  return "2 revisions";
}

async function checkRunners(work: Work): Promise<string> {
  const { context, tags, client, prefix } = work;
  const [[one, other], ms] = await timed(() => Promise.all([upgrade(context), upgrade(context)]));
  expectSame("executed", [...one.executed, ...other.executed].toSorted(), tags);
  expectSame("columns", await readColumns(work), ["id", "email"]);
  const { rows } = await client.execute(`SELECT count(*) AS found FROM __${prefix}drizzle_migrations`);
  expectSame("versions", Number(rows[0]?.["found"]), tags.length);
  return `${one.executed.length} and ${other.executed.length}, in ${ms} ms`;
}

async function readPeople({ client, prefix }: Work, columns: string): Promise<readonly unknown[]> {
  const { rows } = await client.execute(`SELECT ${columns} FROM ${prefix}people ORDER BY email`);
  return rows.map((row) => ({ ...row }));
}

async function readColumns({ client, prefix }: Work): Promise<readonly string[]> {
  const { rows } = await client.execute({
    sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid",
    args: [`${prefix}people`],
  });
  return rows.map((row) => row["name"]).filter((name) => typeof name === "string");
}

function contextOf({ config, folder, prefix }: MigrationGround): Context {
  return {
    projectFolder: folder,
    folder,
    tablePrefix: prefix,
    database: () => Promise.resolve(config),
    clock: () => Date.now(),
    random: () => Math.random(),
    report: () => undefined,
  };
}
