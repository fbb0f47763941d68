// The checks of a smoke test against deployments with a fault planted: a check that cannot fail says nothing.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Check, CheckResult } from "../check.ts";
import { NotChecked, runChecks } from "../check.ts";
import { createPrefix, dropTables, isStale, listTables, removeTables } from "../own-tables.ts";
import { smokeRevisions } from "../revisions.ts";
import { Ground, sessionChecks } from "../session-checks.ts";
import { workerChecks } from "../worker-checks.ts";
import { createRevision } from "../../../../src/migrate/index.ts";
import { createDatabase, type TestDatabase } from "../../../support/database.ts";
import { startDeployment } from "../../../support/deployment.ts";
import { isLong } from "../../../support/tier.ts";
import { configOf } from "../../../support/sessions.ts";
import { createProject } from "../../../node/migrate/commands/project.ts";

let database: TestDatabase;
const nowSeconds = 1_795_400_000;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(() => database.stop());

function find(checks: readonly Check[], words: string): Check {
  const found = checks.find(({ name }) => name.includes(words));
  if (found === undefined) throw new Error(`There is no check of ${words}`);
  return found;
}

async function failuresOf(origin: string): Promise<readonly string[]> {
  const stopped = new AbortController().signal;
  const results = await runChecks([workerChecks(origin)], { stopped, onResult: () => undefined });
  return results.filter(({ outcome }) => outcome === "FAIL").map(({ name, detail }) => `${name}: ${detail}`);
}

describe("workerChecks", () => {
  it("notices a Worker whose database has no revisions", async () => {
    await using deployment = await startDeployment({ migrated: false });
    const failures = await failuresOf(deployment.origin);
    expect(failures).toContainEqual(expect.stringMatching(/^GET \/ready .* found 503: .*pending/));
    expect(failures).toHaveLength(2);
  });

  it.runIf(isLong())("notices a Worker without its secrets", async () => {
    await using deployment = await startDeployment({
      migrated: false,
      variables: { TOKEN_SECRETS: "short" },
    });
    const failures = await failuresOf(deployment.origin);
    expect(failures).toContainEqual(expect.stringMatching(/^GET \/ready .* found 503: .*TOKEN_SECRETS/));
  });
});

describe("sessionChecks", () => {
  it.each([
    ["gives the lock back", "ROLLBACK", "silence"],
    ["one round trip", "SELECT 1", "reset-before-send"],
    ["all or nothing", "COMMIT", "cut-body"],
  ] as const)("notices that %s is not so where %s meets %s", async (words, matching, kind) => {
    const prefix = createPrefix(nowSeconds);
    const sound = sessionChecks(new Ground(prefix, configOf(database.url))).checks;
    await find(sound, "makes tables").run();
    await find(sound, words).run();
    const proxy = await database.proxy([{ fault: { kind }, matching, times: 3 }]);
    const broken = sessionChecks(new Ground(prefix, configOf(proxy.url))).checks;
    await expect(find(broken, words).run()).rejects.toThrow();
  });

  it("says that a wrong token was not tried where there is none", async () => {
    const { checks } = sessionChecks(new Ground(createPrefix(nowSeconds), configOf(database.url)));
    await expect(find(checks, "wrong token").run()).rejects.toBeInstanceOf(NotChecked);
  });
});

describe("runChecks", () => {
  const never = new AbortController().signal;
  const check = (name: string, run: () => Promise<string>): Check => ({ name, run });
  const outcomes = (results: readonly CheckResult[]) => results.map(({ outcome }) => outcome);

  it("ends a check that does not end, and tries nothing behind it in a chain", async () => {
    const checks = [check("hangs", () => new Promise(() => undefined)), check("next", async () => "")];
    const options = { stopped: never, onResult: () => undefined, limitMs: 20 };
    expect(outcomes(await runChecks([{ title: "", checks, isChain: true }], options))).toEqual([
      "FAIL",
      "not checked",
    ]);
    expect(outcomes(await runChecks([{ title: "", checks, isChain: false }], options))).toEqual([
      "FAIL",
      "pass",
    ]);
  });

  it("tries nothing more when it is stopped", async () => {
    const stopping = new AbortController();
    const hangs = () => {
      stopping.abort();
      return new Promise<string>(() => undefined);
    };
    const checks = [check("hangs", hangs), check("next", async () => "")];
    const options = { stopped: stopping.signal, onResult: () => undefined, graceMs: 20 };
    const results = await runChecks([{ title: "", checks, isChain: false }], options);
    expect(outcomes(results)).toEqual(["FAIL", "not checked"]);
  });
});

describe("own tables", () => {
  it("go away with their run, and no other", async () => {
    const client = createClient({ url: database.url });
    const [own, stale] = [createPrefix(nowSeconds), createPrefix(nowSeconds - 7_200)];
    const others = ["eaves_smoke_notes", "users", createPrefix(nowSeconds) + "x"];
    const create = (name: string) => `CREATE TABLE ${name} (id integer PRIMARY KEY)`;
    const child = `CREATE TABLE ${own}child (id integer REFERENCES ${own}parent (id))`;
    await client.batch(
      [...others, `${own}parent`, `__${own}guard`, `${stale}x`].map(create).concat(child),
      "write",
    );
    await client.batch(
      [`INSERT INTO ${own}parent VALUES (1)`, `INSERT INTO ${own}child VALUES (1)`],
      "write",
    );
    expect(await removeTables(client, own)).toBe(3);
    const left = (await listTables(client)).filter((name) => isStale(name, nowSeconds));
    expect(left).toEqual([`${stale}x`]);
    await dropTables(client, left);
    const { rows } = await client.execute("SELECT name FROM sqlite_schema WHERE type = 'table'");
    const names = rows.map((row) => String(row["name"]));
    expect(names).toEqual(expect.arrayContaining(others));
    expect(names.filter((name) => name.includes(own) || name.includes(stale))).toEqual([]);
    await expect(dropTables(client, ["users"])).rejects.toThrow("no table of a smoke test");
    client.close();
  });
});

describe("smokeRevisions", () => {
  it.runIf(isLong())("are what the tool writes for these changes", async () => {
    await using project = await createProject();
    const prefix = createPrefix(nowSeconds);
    const schemaOf = (bio: string) => `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const people = sqliteTable("${prefix}people", {
  id: integer().primaryKey(), email: text().notNull().unique("${prefix}email"), ${bio}
});`;
    const steps = [
      ["people", "", false],
      ["bio", "bio: text()", false],
      ["drop bio", "", true],
    ] as const;
    for (const [message, bio, archive] of steps) {
      await project.write("schema.ts", schemaOf(bio));
      await createRevision(project.context, { message, archive });
    }
    const withoutProof = (text: string) => text.replaceAll(/^-- eaves:proven .*\n/gm, "").trimEnd();
    for (const { tag, up, down } of smokeRevisions(prefix)) {
      expect(withoutProof(await project.read(`drizzle/${tag}.sql`))).toBe(up);
      expect(withoutProof(await project.read(`drizzle/${tag}.down.sql`))).toBe(down);
    }
  });
});
