// `revision --rebase` over histories whose times are in any order: what it writes runs on a fresh database by the tool and by
// drizzle's own migrator, and the database that it was asked about goes on. Otherwise it writes nothing.
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCurrent, rebaseRevisions, upgrade } from "../../../../../src/migrate/index.ts";
import { MigrationError } from "../../../../../src/migrate/errors.ts";
import { count, isLong, seed } from "../../../../support/tier.ts";
import { type Entry, histories, parts, schema } from "./history-orders.ts";
import { createProject, type TestProject, writeFolders, writeHistory } from "../project.ts";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await project.write("schema.ts", schema);
});
afterEach(() => project[Symbol.asyncDispose]());

const folder = () => join(project.folder, "drizzle");

async function writeEntries(entries: readonly Entry[]): Promise<void> {
  const tags = entries.map(({ part }, at) => `${String(at).padStart(4, "0")}_${part}`);
  await writeHistory(
    project,
    entries.map(({ part, when }, at) => ({ tag: tags[at] ?? "", when, up: "", ...parts[part] })),
  );
  let idx = -1;
  const journal = JSON.parse(await project.read("drizzle/meta/_journal.json"));
  for (const [at, entry] of journal.entries.entries()) entry.idx = idx += 1 + (entries[at]?.gap ?? 0);
  await project.write("drizzle/meta/_journal.json", JSON.stringify(journal, undefined, 2));
}

/** As `drizzle-orm/libsql/migrator` applies the folder as it is now. */
async function migrateByDrizzle(url = project.databaseUrl): Promise<void> {
  const client = createClient({ url });
  await migrate(drizzle(client), { migrationsFolder: folder() });
  client.close();
}

async function readFolder(): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for (const name of await project.list()) {
    if (name.includes(".")) texts[name] = await project.read(`drizzle/${name}`);
  }
  return texts;
}

async function objectsOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.execute(
    `SELECT m.name || coalesce((SELECT ' ' || group_concat(name) FROM (SELECT name FROM pragma_table_info(m.name) ORDER BY name)), '')
      AS line FROM sqlite_schema m WHERE substr(m.name, 1, 2) <> '__' AND m.name NOT LIKE 'sqlite%' ORDER BY 1`,
  );
  return rows.map(({ line }) => String(line));
}

const whole = ["a id,v", "b id,w", "ix_a_v"];

/** What has to hold after the command has ended with success. */
async function expectInOrder(): Promise<void> {
  for (const apply of ["tool", "drizzle"]) {
    const url = `file:${join(project.folder, `fresh-${apply}-${Math.random()}.db`)}`;
    const client = createClient({ url });
    if (apply === "drizzle") await migrateByDrizzle(url);
    else {
      const run = await project.run(["upgrade", "--database-url", url]);
      expect(run).toMatchObject({ code: 0 });
    }
    expect(await objectsOf(client)).toEqual(whole);
    client.close();
  }
  await upgrade(project.context);
  expect(await readCurrent(project.context)).toMatchObject({ status: "current", pending: [] });
  const rows = await project.sql("SELECT count(*) FROM __drizzle_migrations");
  await migrateByDrizzle();
  expect(await project.sql("SELECT count(*) FROM __drizzle_migrations")).toEqual(rows);
  expect(await objectsOf(project.client)).toEqual(whole);
}

interface Setting {
  readonly revision: string;
  readonly expected: number;
  readonly isApplied: boolean;
}

/** Does what a refusal says: times in the journal, the command again, and a stamp of each revision. */
async function takeAdvice(error: MigrationError): Promise<void> {
  const settings = error.details["whens"] as readonly Setting[];
  const journal = JSON.parse(await project.read("drizzle/meta/_journal.json"));
  for (const { revision, expected } of settings) {
    journal.entries.find(({ tag }: { tag: string }) => tag === revision).when = expected;
  }
  await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
  await rebaseRevisions(project.context);
  for (const { revision, isApplied } of settings) {
    expect(error.message.includes(`\`stamp --accept-edit ${revision}\``)).toBe(isApplied);
    if (!isApplied) continue;
    expect(await project.run(["stamp", "--accept-edit", revision])).toMatchObject({ code: 0 });
  }
}

/** Runs the command: it is right, or refuses, writes nothing, and its advice leads on. */
async function rebaseOrRefuse(): Promise<"written" | "refused"> {
  const before = await readFolder();
  try {
    await rebaseRevisions(project.context);
    return "written";
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    expect(await readFolder()).toEqual(before);
    expect(error.code).toBe("DECISION_NEEDED");
    await takeAdvice(error);
    return "refused";
  }
}

describe("revision --rebase over a database that has all revisions", () => {
  it.each([
    ["an older time behind the others, which depends on them", [1000, 2000, 500, 3000, 4000], "refused"],
    ["equal times", [1000, 1000, 2000, 3000, 4000], "refused"],
    ["times that fall", [5000, 4000, 3000, 2000, 1000], "refused"],
    ["times that rise", [1000, 2000, 3000, 4000, 5000], "written"],
  ] as const)("is right or refuses: %s", async (_, whens, outcome) => {
    const order = ["a", "b", "v", "ix", "w"];
    await writeEntries(order.map((part, at) => ({ part, when: whens[at] ?? 0 })));
    await migrateByDrizzle();
    expect(await rebaseOrRefuse()).toBe(outcome);
    await expectInOrder();
  });

  it("takes the times of the version table for a journal that was changed afterwards", async () => {
    const order = ["a", "b", "v", "ix", "w"];
    await writeEntries(order.map((part, at) => ({ part, when: 1000 * (at + 1) })));
    await upgrade(project.context);
    await writeEntries(order.map((part, at) => ({ part, when: at === 2 ? 1500 : 1000 * (at + 1) })));
    expect((await rebaseRevisions(project.context)).files).toEqual(["drizzle/meta/_journal.json"]);
    await expectInOrder();
  });

  it("refuses times that the rows of others and what is pending have as well, and its advice leads on", async () => {
    const early = { a: 2500, b: 1000, w: 2000, v: 1000 };
    await writeEntries(Object.entries(early).map(([part, when]) => ({ part, when })));
    await migrateByDrizzle();
    await writeEntries(Object.entries({ ...early, ix: 1000 }).map(([part, when]) => ({ part, when })));
    expect(await rebaseOrRefuse()).toBe("refused");
    await expectInOrder();
  });

  it("refuses a revision that cannot run at its place, and says where it can", async () => {
    await writeEntries(["a", "b", "v", "ix", "w"].map((part, at) => ({ part, when: 1000 * (at + 1) })));
    await migrateByDrizzle();
    // As the command itself once left it: in the order of times, of which one was older.
    await project.sql("UPDATE __drizzle_migrations SET created_at = 500 WHERE created_at = 3000");
    const journal = JSON.parse(await project.read("drizzle/meta/_journal.json"));
    const [a, b, v, ix, w] = journal.entries;
    journal.entries = [{ ...v, when: 500 }, a, b, ix, w].map((entry, idx) => ({ ...entry, idx }));
    await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
    await expect(rebaseRevisions(project.context)).rejects.toMatchObject({
      code: "DECISION_NEEDED",
      place: { revision: "0002_v" },
      details: { after: "0004_w", when: 5001 },
    });
    journal.entries = [a, b, ix, w, { ...v, when: 5001 }].map((entry, idx) => ({ ...entry, idx }));
    await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
    // The index needs the column: it is the next that cannot run at its place.
    await expect(rebaseRevisions(project.context)).rejects.toMatchObject({
      code: "DECISION_NEEDED",
      place: { revision: "0003_ix" },
      details: { after: "0002_v", when: 5002 },
    });
    journal.entries = [a, b, w, { ...v, when: 5001 }, { ...ix, when: 5002 }].map((entry, idx) => ({
      ...entry,
      idx,
    }));
    await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
    await rebaseRevisions(project.context);
    for (const revision of ["0002_v", "0003_ix"]) {
      expect(await project.run(["stamp", "--accept-edit", revision])).toMatchObject({ code: 0 });
    }
    await expectInOrder();
  });
});

describe("revision --rebase over a database that has some of the revisions", () => {
  it("keeps revisions that depend on one another in the order of the journal, whatever their times", async () => {
    await writeEntries([{ part: "a", when: 1000 }]);
    await migrateByDrizzle();
    // By their times alone, the index would come before its column.
    await writeEntries([
      { part: "a", when: 1000 },
      { part: "b", when: 900 },
      { part: "v", when: 800, gap: 2 },
      { part: "ix", when: 700 },
      { part: "w", when: 5000 },
    ]);
    expect(await rebaseOrRefuse()).toBe("written");
    await expectInOrder();
  });
});

describe("revision --rebase over folders of drizzle-kit 1.0", () => {
  it("refuses one that drizzle applied late, and whose new name makes it right", async () => {
    const [first, second, late] = ["20240101000000_a", "20240102000000_b", "20230101000000_v"];
    const folders = [
      { tag: first, ...parts["a"], up: parts["a"]?.up ?? "" },
      { tag: second, ...parts["b"], up: parts["b"]?.up ?? "" },
    ];
    await writeFolders(project, folders);
    await upgrade(project.context);
    await writeFolders(project, [{ tag: late, ...parts["v"], up: parts["v"]?.up ?? "" }]);
    await project.sql(parts["v"]?.up ?? "");
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256")
      .update(parts["v"]?.up ?? "")
      .digest("hex");
    await project.sql(
      `INSERT INTO __drizzle_migrations (hash, created_at, name) VALUES ('${hash}', ${Date.UTC(2023, 0, 1)}, '${late}')`,
    );
    await expect(rebaseRevisions(project.context)).rejects.toMatchObject({
      code: "DECISION_NEEDED",
      message: expect.stringContaining("`stamp --accept-edit 20240102000001_v`"),
    });
    expect(await project.list()).toContain(`${late}/migration.sql`);
    await rename(join(folder(), late), join(folder(), "20240102000001_v"));
    expect(await rebaseRevisions(project.context)).toEqual({ moved: [], files: [] });
    expect(await project.run(["stamp", "--accept-edit", "20240102000001_v"])).toMatchObject({ code: 0 });
    expect(await readCurrent(project.context)).toMatchObject({ status: "current", pending: [] });
  });
});

describe("revision --rebase", { timeout: 900_000 }, () => {
  it.runIf(isLong())("is right or refuses for histories of any order", async () => {
    const outcomes: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(histories, async ({ entries, early }) => {
        const outer = project;
        project = await createProject();
        await project.write("schema.ts", schema);
        try {
          if (early.length > 0) {
            await writeEntries(early);
            await migrateByDrizzle();
            await project.remove("drizzle");
          }
          await writeEntries(entries);
          const outcome = await rebaseOrRefuse();
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          await expectInOrder();
        } finally {
          await project[Symbol.asyncDispose]();
          project = outer;
        }
      }),
      { seed: seed(), numRuns: count({ quick: 1, long: 15 }) },
    );
    expect(Object.keys(outcomes).toSorted()).toEqual(["refused", "written"]);
  });
});
