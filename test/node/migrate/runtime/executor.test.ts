// That a step is applied as a whole or not at all, and says why not.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { readApplied, readRecords } from "../../../../src/migrate/runtime/version-table.ts";
import { failure } from "./failure.ts";
import {
  down,
  newDatabase,
  options,
  type OwnDatabase,
  revision,
  tableNames,
  tableRevisions,
  up,
} from "./revisions.ts";

const [first, second, third] = tableRevisions(3) as [
  ReturnType<typeof revision>,
  ReturnType<typeof revision>,
  ReturnType<typeof revision>,
];

describe.each(["server", "file"] as const)("execute on a %s", (kind) => {
  let own: OwnDatabase;
  beforeEach(async () => {
    own = await newDatabase[kind]();
  });
  afterEach(() => own.remove());

  const rows = async (sql: string): Promise<unknown[]> => {
    const [found = []] = await own.database.read([sql]);
    return found.map((row) => Object.values(row).join("|"));
  };

  it("upgrades and downgrades, and leaves nothing of the guard behind", async () => {
    const { database } = own;
    expect(await readApplied(database)).toBeUndefined();
    const upgraded = await execute(database, up(first, second), options());
    expect(upgraded).toEqual({ executed: [first.tag, second.tag], remaining: [] });
    expect(await tableNames(database)).toEqual(["t0", "t1"]);
    const seen = (await readApplied(database)) ?? [];
    expect(seen).toEqual([first, second].map(({ up: { checksum }, when }) => ({ hash: checksum, when })));
    expect(await readRecords(database)).toMatchObject([{ when: first.when }, { when: second.when }]);

    const downgraded = await execute(database, down(second, first), options({ seen }));
    expect(downgraded.executed).toEqual([second.tag, first.tag]);
    expect(await tableNames(database)).toEqual([]);
    expect(await readApplied(database)).toEqual([]);
    expect(await readRecords(database)).toEqual([]);
    expect(await rows("SELECT count(*) FROM __eaves_guard")).toEqual(["0"]);
  });

  it("names the statement, file and line that failed, and applies nothing of its revision", async () => {
    const broken = revision(
      1,
      ["CREATE TABLE kept (id)", "INSERT INTO nowhere VALUES (1)", "CREATE TABLE x (id)"],
      [],
    );
    const error = await failure(execute(own.database, up(first, broken, third), options()));
    expect(error.code).toBe("STATEMENT_FAILED");
    expect(error.place).toEqual({
      revision: broken.tag,
      statement: "INSERT INTO nowhere VALUES (1)",
      file: broken.up.file,
      line: 3,
    });
    expect(error.message).toContain("no such table: nowhere");
    expect(error.details).toMatchObject({
      executed: [first.tag],
      failed: broken.tag,
      remaining: [third.tag],
    });
    expect(await tableNames(own.database)).toEqual(["t0"]);
    expect(await readApplied(own.database)).toHaveLength(1);
  });

  it("takes a script's own constraint named like a guard's for what it is", async () => {
    const named = revision(
      0,
      ["CREATE TABLE c (a CONSTRAINT HEAD_MOVED CHECK (a = 0))", "INSERT INTO c VALUES (1)"],
      [],
    );
    expect((await failure(execute(own.database, up(named), options()))).code).toBe("STATEMENT_FAILED");
  });

  it("goes on with what another runner left", async () => {
    await execute(own.database, up(first), options());
    const overtaken: string[] = [];
    const result = await execute(
      own.database,
      up(first, second),
      options({
        onEvent: (event) => void (event.kind === "step-overtaken" && overtaken.push(event.revision)),
      }),
    );
    expect(result.executed).toEqual([second.tag]);
    expect(overtaken).toEqual([first.tag]);
  });

  it("finishes without an error where another runner did everything", async () => {
    await execute(own.database, up(first, second), options());
    expect(await execute(own.database, up(first, second), options())).toEqual({
      executed: [],
      remaining: [],
    });
    const seen = (await readApplied(own.database)) ?? [];
    await execute(own.database, down(second), options({ seen }));
    expect((await execute(own.database, down(second), options({ seen }))).executed).toEqual([]);
  });

  it("stops where the database went another way", async () => {
    await execute(own.database, up(first, second), options());
    const seen = (await readApplied(own.database)) ?? [];
    await execute(own.database, down(second, first), options({ seen }));
    const error = await failure(execute(own.database, up(third), options({ seen })));
    expect(error.code).toBe("HEAD_MOVED");
    expect(error.details).toMatchObject({ executed: [], failed: third.tag, remaining: [] });
    expect(await tableNames(own.database)).toEqual([]);
  });

  it("refuses steps that the version table could not be read back from", async () => {
    await execute(own.database, up(second), options());
    const seen = (await readApplied(own.database)) ?? [];
    expect((await failure(execute(own.database, up(first), options({ seen })))).code).toBe(
      "TARGET_NOT_REACHABLE",
    );
    expect((await failure(execute(own.database, down(first), options({ seen })))).code).toBe(
      "TARGET_NOT_REACHABLE",
    );
  });

  it("keeps children when their parent is rebuilt", async () => {
    const base = revision(
      0,
      [
        "CREATE TABLE parents (id integer PRIMARY KEY)",
        "CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id) ON DELETE CASCADE)",
        "INSERT INTO parents VALUES (1)",
        "INSERT INTO children VALUES (1, 1)",
      ],
      [],
    );
    const rebuild = revision(
      1,
      [
        "CREATE TABLE __new_parents (id integer PRIMARY KEY, name text)",
        "INSERT INTO __new_parents (id) SELECT id FROM parents",
        "DROP TABLE parents",
        "ALTER TABLE __new_parents RENAME TO parents",
      ],
      [],
    );
    await execute(own.database, up(base, rebuild), options());
    expect(await rows("SELECT * FROM children")).toEqual(["1|1"]);
  });
});
