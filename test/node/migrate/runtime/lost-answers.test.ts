// Connections that break at every request of a run, before and after the database has done its work.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Database, openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { stamp } from "../../../../src/migrate/runtime/stamp.ts";
import { readApplied } from "../../../../src/migrate/runtime/version-table.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../../support/database.ts";
import type { Fault } from "../../../support/faults.ts";
import { count } from "../../../support/tier.ts";
import { failure } from "./failure.ts";
import { configFor, down, options, revision, tableNames, tableRevisions, up } from "./revisions.ts";

const faults: readonly Fault[] = [
  { kind: "reset-before-send" },
  { kind: "reset-after-send" },
  { kind: "cut-body" },
  { kind: "status", status: 502 },
  { kind: "status", status: 502, forward: true },
  { kind: "html", forward: true },
  { kind: "html" },
];

describe("execute over a connection that breaks", () => {
  let server: TestDatabase;
  let proxy: TestProxy;
  let direct: Database;
  let broken: Database;
  beforeAll(async () => {
    server = await createDatabase();
    proxy = await server.proxy();
    direct = openDatabase(configFor(server.url));
    broken = openDatabase(configFor(proxy.url));
  });
  afterAll(() => server.stop());

  const revisions = tableRevisions(3);
  const seenNow = async () => (await readApplied(direct)) ?? [];

  it("finishes whatever breaks, and never does a step twice or by half", async () => {
    const injections = count({ quick: 70, long: 2_100 });
    for (let at = 0; at < injections; at++) {
      const fault = faults[at % faults.length];
      if (fault === undefined) throw new Error("No fault");
      // A run has four requests: one that makes the tables, and one a revision.
      const skip = Math.floor(at / faults.length) % 4;
      const times = 1 + (Math.floor(at / faults.length / 4) % 3);
      const seen = await seenNow();
      const upwards = seen.length === 0;
      const steps = upwards ? up(...revisions) : down(...revisions.toReversed());
      await proxy.setFaults([{ fault, skip, times }]);
      await proxy.clearRecord();
      const { executed } = await execute(broken, steps, options({ seen, random: () => 0 }));
      const what = `${fault.kind} at request ${skip}, ${times} times`;
      const { requests } = await proxy.record();
      expect(
        requests.filter((request) => request.fault !== undefined),
        what,
      ).toHaveLength(times);
      expect(executed, what).toEqual(steps.map((step) => step.revision.tag));
      expect(await tableNames(direct), what).toEqual(upwards ? ["t0", "t1", "t2"] : []);
      expect(await seenNow(), what).toHaveLength(upwards ? 3 : 0);
    }
  });

  it("gives up after a bounded number of answers, and says that nothing was applied", async () => {
    await stamp(direct, [], options({ seen: await seenNow() }));
    await proxy.setFaults([{ fault: { kind: "reset-before-send" }, matching: "CREATE TABLE x9" }]);
    const one = revision(0, ["CREATE TABLE x9 (id)"], []);
    const error = await failure(execute(broken, up(one), options({ random: () => 0 })));
    expect(error.code).toBe("DATABASE_UNREACHABLE");
    expect(error.message).toContain("the revision was not applied");
  });

  it("says at once that nobody answers, and sends nothing", async () => {
    await proxy.refuse();
    await proxy.clearRecord();
    const error = await failure(execute(broken, up(...revisions), options()));
    expect(error.code).toBe("DATABASE_UNREACHABLE");
    expect(error.details).toMatchObject({ executed: [], failed: revisions[0]?.tag });
    await proxy.accept();
    expect((await proxy.record()).requests).toEqual([]);
  });
});
