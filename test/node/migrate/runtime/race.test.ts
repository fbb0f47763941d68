// Several runners at once, and runners that die: each revision is applied once, as a whole or not at all.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";

import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { readApplied } from "../../../../src/migrate/runtime/version-table.ts";
import { createDatabase, type TestDatabase } from "../../../support/database.ts";
import { poll } from "../../../support/poll.ts";
import { count, isLong } from "../../../support/tier.ts";
import { failure } from "./failure.ts";
import { configFor, newDatabase, options, slowRevisions, tableNames, up } from "./revisions.ts";

const runner = join(import.meta.dirname, "runner.ts");

function startRunner(url: string, revisions: number, rows: number): ChildProcess {
  const args = [runner, url, String(revisions), String(rows)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

async function finish(child: ChildProcess): Promise<{ code: unknown; executed: string[]; stderr: string }> {
  if (child.stdout === null || child.stderr === null) throw new Error("A runner without pipes");
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, executed: code === 0 ? (JSON.parse(stdout) as string[]) : [], stderr };
}

describe("racing runners", () => {
  it.each(["server", "file"] as const)("apply each revision exactly once on a %s", async (kind) => {
    const own = await newDatabase[kind]();
    for (let round = 0; round < count({ quick: 1, long: 10 }); round++) {
      const revisions = slowRevisions(6, 500);
      const seen = (await readApplied(own.database)) ?? [];
      await execute(
        own.database,
        seen.length === 0 ? [] : revisions.toReversed().map((one) => ({ kind: "downgrade", revision: one })),
        options({ seen }),
      );
      const ends = await Promise.all(Array.from({ length: 8 }, () => finish(startRunner(own.url, 6, 500))));
      expect(ends.map(({ stderr }) => stderr).join("")).toBe("");
      expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => 0));
      const executed = ends.flatMap((end) => end.executed);
      expect(executed.toSorted()).toEqual(revisions.map(({ tag }) => tag));
      expect(await readApplied(own.database)).toHaveLength(6);
    }
    await own.remove();
  });
});

describe("a death in the middle", () => {
  let own: TestDatabase;
  afterEach(() => own.stop());

  const rows = 300_000;
  const revisions = slowRevisions(3, rows);

  /** Tables and version table say the same, and every table is full. */
  const checkWhole = async (): Promise<void> => {
    const database = openDatabase(configFor(own.url));
    const applied = (await readApplied(database)) ?? [];
    const tables = await tableNames(database);
    expect(tables).toEqual(revisions.slice(0, applied.length).map((_, index) => `t${index}`));
    const counts = await database.read(tables.map((name) => `SELECT count(*) FROM ${name}`));
    expect(counts.map(([row]) => Number(row?.[0]))).toEqual(tables.map(() => rows));
    const missing = revisions.slice(applied.length);
    const result = await execute(database, up(...missing), options({ seen: applied }));
    expect(result.executed).toEqual(missing.map(({ tag }) => tag));
  };

  it("of the client leaves each revision whole, and a re-run finishes", async () => {
    own = await createDatabase();
    const proxy = await own.proxy();
    const child = startRunner(proxy.url, 3, rows);
    const arrived = (index: number) => (record: { requests: readonly { statements: readonly string[] }[] }) =>
      record.requests.some(({ statements }) =>
        statements.some((sql) => sql.startsWith(`CREATE TABLE t${index}`)),
      );
    await poll(() => proxy.record(), arrived(1));
    child.kill("SIGKILL");
    await once(child, "exit");
    await checkWhole();
  });

  it("of the server is survived where it comes back", async () => {
    own = await createDatabase();
    const proxy = await own.proxy();
    const database = openDatabase(configFor(proxy.url));
    const work = execute(database, up(...revisions), options());
    await poll(
      () => proxy.record(),
      ({ requests }) => requests.some(({ statements }) => statements.some((sql) => sql.includes("INTO t1"))),
    );
    await own.kill();
    await own.restart();
    expect((await work).executed).toEqual(revisions.map(({ tag }) => tag));
    await checkWhole();
  });

  it.runIf(isLong())(
    "of the server is said to be unknown where it does not come back, and a re-run finishes",
    async () => {
      own = await createDatabase();
      const proxy = await own.proxy();
      const database = openDatabase(configFor(proxy.url));
      const work = failure(execute(database, up(...revisions), options()));
      await poll(
        () => proxy.record(),
        ({ requests }) =>
          requests.some(({ statements }) => statements.some((sql) => sql.includes("INTO t1"))),
      );
      await own.kill();
      const error = await work;
      expect(error.code).toBe("OUTCOME_UNKNOWN");
      expect(error.details).toMatchObject({ executed: [revisions[0]?.tag], failed: revisions[1]?.tag });
      await own.restart();
      await checkWhole();
    },
  );
});
