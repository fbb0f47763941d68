// Stamping, archives and counts: what reads and writes beside the revisions.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { listArchives } from "../../../../src/migrate/runtime/archives.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { clearGuard, guardHead } from "../../../../src/migrate/runtime/guarded-batch.ts";
import { countRows, readNumbers } from "../../../../src/migrate/runtime/row-counts.ts";
import { stamp } from "../../../../src/migrate/runtime/stamp.ts";
import { readApplied, readRecords } from "../../../../src/migrate/runtime/version-table.ts";
import { failure } from "./failure.ts";
import {
  newDatabase,
  options,
  type OwnDatabase,
  revision,
  tableNames,
  tableRevisions,
  up,
} from "./revisions.ts";

describe.each(["server", "file"] as const)("beside the revisions on a %s", (kind) => {
  let own: OwnDatabase;
  beforeEach(async () => {
    own = await newDatabase[kind]();
  });
  afterEach(() => own.remove());

  const whens = async (): Promise<number[] | undefined> =>
    (await readApplied(own.database))?.map(({ when }) => when);

  it("stamps up and down without running anything", async () => {
    const revisions = tableRevisions(3);
    expect(await stamp(own.database, revisions, options())).toEqual({ added: 3, removed: 0 });
    expect(await whens()).toEqual(revisions.map(({ when }) => when));
    const seen = (await readApplied(own.database)) ?? [];
    expect(await stamp(own.database, revisions.slice(0, 1), options({ seen }))).toEqual({
      added: 0,
      removed: 2,
    });
    expect(await whens()).toEqual([revisions[0]?.when]);
    expect(await tableNames(own.database)).toEqual([]);
  });

  it("does not write into a version table that drizzle 1.0 has given names meanwhile", async () => {
    await execute(own.database, up(...tableRevisions(1)), options());
    const seen = (await readApplied(own.database)) ?? [];
    await own.database.write(["ALTER TABLE __drizzle_migrations ADD COLUMN name text"]);
    const batch = own.database.migrate([guardHead(seen, false), clearGuard]);
    expect((await failure(batch)).message).toContain("HEAD_MOVED");
    await own.database.migrate([guardHead(seen, true), clearGuard]);
  });

  it("forgets the record of a revision that is stamped away", async () => {
    const revisions = tableRevisions(2);
    await execute(own.database, up(...revisions), options());
    await stamp(own.database, [], options({ seen: (await readApplied(own.database)) ?? [] }));
    expect(await readRecords(own.database)).toEqual([]);
  });

  it("does not stamp what somebody else changed meanwhile", async () => {
    const revisions = tableRevisions(2);
    await stamp(own.database, revisions, options());
    const error = await failure(stamp(own.database, revisions.slice(0, 1), options({ seen: [] })));
    expect(error.code).toBe("HEAD_MOVED");
    expect(await whens()).toHaveLength(2);
  });

  it("lists an archive with its revision, rows, size and age, and its helper tables with it", async () => {
    const archiving = revision(
      0,
      ["CREATE TABLE __eaves_archive_0000_r0_1 AS SELECT 1 AS id, 'x' AS bio"],
      [],
    );
    const other = "CREATE TABLE __eaves_archive_0009_gone_2 (id)";
    await execute(own.database, up(archiving), options({ now: () => 1234 }));
    const helpers = ["_sequence", "_mark"].map(
      (suffix) => `CREATE TABLE __eaves_archive_0000_r0_1${suffix} (x)`,
    );
    await own.database.write([other, ...helpers]);
    const archives = await listArchives(own.database, [archiving]);
    expect(archives).toMatchObject([
      { revision: "0000_r0", columns: ["id", "bio"], rows: 1, appliedAt: 1234 },
      { revision: "0009_gone", rows: 0, appliedAt: undefined },
    ]);
    expect(archives[0]?.bytes).toBeGreaterThan(0);
  });

  it("counts rows and names the first five by their keys", async () => {
    await own.database.write([
      "CREATE TABLE n (a, b)",
      "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 7) INSERT INTO n SELECT x, 'k' FROM c",
      "INSERT INTO n VALUES (NULL, x'0aff')",
    ]);
    const queries = ["SELECT a, b FROM n WHERE a > 2 ORDER BY a DESC", "SELECT * FROM n WHERE a IS NULL"];
    expect(await countRows(own.database, [...queries, "SELECT a FROM n WHERE 0"])).toEqual([
      { rows: 5, keys: ["7, k", "6, k", "5, k", "4, k", "3, k"] },
      { rows: 1, keys: ["NULL, x'0aff'"] },
      { rows: 0, keys: [] },
    ]);
    expect(await readNumbers(own.database, ["SELECT count(*) FROM n", "SELECT max(a) FROM n"])).toEqual([
      8, 7,
    ]);
  });
});
