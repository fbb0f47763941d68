// Revisions that were merged late: found before anything runs, and put behind the others by the fix that is named.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  checkProject,
  createRevision,
  downgrade,
  readCurrent,
  rebaseRevisions,
  upgrade,
} from "../../../../../src/migrate/index.ts";
import { type Branch, makeBranch, type MergedEntry, mergeInto } from "./branches.ts";
import { age, bio, late, notes, type Shape, shapes } from "./merge-shapes.ts";
import { createProject, schemaText, type TestProject } from "../project.ts";
import { isLong } from "../../../../support/tier.ts";

describe("a revision that was merged late", () => {
  let trunk: Branch;
  let branches: Readonly<Record<string, Branch>>;
  let project: TestProject;

  beforeAll(async () => {
    const users = { message: "users", schema: schemaText([]) };
    const root = await makeBranch([users]);
    trunk = await makeBranch([{ message: "bio", schema: schemaText([bio]) }], root);
    const other = await makeBranch([{ message: "age", schema: schemaText([age]) }], root);
    const own = await makeBranch([
      {
        message: "notes",
        schema: `import { integer, sqliteTable } from "drizzle-orm/sqlite-core";\n${notes}`,
      },
    ]);
    const two = await makeBranch([{ message: "nick", schema: schemaText([age, "nick: text()"]) }], other);
    branches = {
      "0002_nick": two,
      "0000_users": trunk,
      "0001_bio": trunk,
      "0001_age": other,
      "0000_notes": own,
      root,
    };
  });
  afterAll(async () => {
    for (const branch of Object.values(branches)) await branch[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    project = await createProject();
    await merge([
      ["0000_users", 1000, 0],
      ["0001_bio", 2000, 1],
    ]);
    await project.write("schema.ts", schemaText([bio]));
    await upgrade(project.context);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  const merge = (entries: Shape["entries"], ours = trunk): Promise<void> =>
    mergeInto(
      project,
      entries.map(([tag, when, idx]): MergedEntry => ({ branch: branches[tag] ?? trunk, tag, when, idx })),
      ours,
    );

  it.each(shapes.slice(0, isLong() ? undefined : 1))(
    "is found $what, and applied when it is behind them",
    async (shape) => {
      await merge(shape.entries);
      await project.write("schema.ts", shape.schema);
      const { findings } = await checkProject(project.context);
      const found = findings.find(({ code }) => code === shape.code);
      expect(found).toMatchObject({ fix: "revision --rebase" });
      await expect(upgrade(project.context)).rejects.toMatchObject({
        code: shape.code,
        message: expect.stringContaining("`revision --rebase`"),
      });
      expect(await project.sql("SELECT count(*) FROM __drizzle_migrations")).toEqual([2]);
      const run = await project.run(`${found?.fix} --json`.split(" "));
      expect(run).toMatchObject({ code: 0 });
      expect(JSON.parse(run.stdout)).toMatchObject({ moved: expect.arrayContaining([shape.moved]) });
      expect((await upgrade(project.context)).executed).toEqual([shape.moved.to]);
      expect(await checkProject(project.context)).toEqual({
        ok: true,
        findings: [],
        notes: [],
        database: true,
      });
      await downgrade(project.context, { target: "-1" });
      expect(await readCurrent(project.context)).toMatchObject({ current: "0001_bio" });
    },
  );

  const between = shapes[0]?.entries ?? [];
  const rebase = () => rebaseRevisions(project.context);

  it("moves with both scripts, with the chain of snapshots, and with the archives that they name", async () => {
    await project.write("schema.ts", schemaText([bio, age]));
    await merge(between);
    const archive =
      "CREATE TABLE __eaves_archive_0001_age_1 AS SELECT id FROM users;\n--> statement-breakpoint\n";
    const up = await project.read("drizzle/0001_age.sql");
    await project.write("drizzle/0001_age.sql", archive + up);
    const down = await project.read("drizzle/0001_age.down.sql");
    await project.write(
      "drizzle/0001_age.down.sql",
      `${down}--> statement-breakpoint\nDROP TABLE __eaves_archive_0001_age_1;\n`,
    );
    const { files } = await rebase();
    expect(files.toSorted()).toEqual([
      "drizzle/0001_age.down.sql",
      "drizzle/0001_age.sql",
      "drizzle/0002_age.down.sql",
      "drizzle/0002_age.sql",
      "drizzle/meta/0002_snapshot.json",
      "drizzle/meta/_journal.json",
    ]);
    expect(await project.read("drizzle/0002_age.sql")).toContain("__eaves_archive_0002_age_1");
    expect(await project.read("drizzle/0002_age.down.sql")).toContain("__eaves_archive_0002_age_1");
    const ids = async (name: string): Promise<Readonly<Record<string, unknown>>> =>
      JSON.parse(await project.read(`drizzle/meta/${name}_snapshot.json`));
    expect((await ids("0002"))["prevId"]).toBe((await ids("0001"))["id"]);
    await upgrade(project.context);
    await downgrade(project.context, { target: "-1" });
    expect(await readCurrent(project.context)).toMatchObject({ current: "0001_bio", pending: ["0002_age"] });
  });

  it("writes nothing with --dry-run, and has nothing to do where the revisions are in order", async () => {
    await project.write("schema.ts", schemaText([bio, age]));
    await merge(between);
    const before = await project.list();
    const run = await project.run(["revision", "--rebase", "--dry-run"]);
    expect(run).toMatchObject({
      code: 0,
      stdout: "0001_age would be 0002_age now\n",
    });
    expect(await project.list()).toEqual(before);
    await rebase();
    expect((await project.run(["revision", "--rebase"])).stdout).toBe(
      "Nothing to do: the revisions are in order\n",
    );
  });

  it("is stamped instead where its changes are in the database already", async () => {
    await merge(between);
    await project.write("schema.ts", schemaText([bio, age]));
    await project.sql("ALTER TABLE users ADD age INTEGER");
    await expect(upgrade(project.context)).rejects.toThrow("`stamp 0001_bio`");
    expect((await project.run(["stamp", "0001_bio"])).code).toBe(0);
    expect(await readCurrent(project.context)).toMatchObject({ status: "current" });
  });

  it.runIf(isLong())("is not moved while the code lacks what was merged, nor while it has more", async () => {
    await merge(between);
    await expect(rebase()).rejects.toMatchObject({
      code: "PROOF_FAILED",
      message: expect.stringContaining("age"),
    });
    await project.write("schema.ts", schemaText([bio, age, "more: text()"]));
    await expect(rebase()).rejects.toMatchObject({
      code: "PROOF_FAILED",
      message: expect.stringContaining("more"),
    });
    await project.write("schema.ts", schemaText([bio, age]));
    expect((await rebase()).moved).toContainEqual(late);
  });

  it("is not moved where its snapshot stands in the place of another's", async () => {
    await merge(between, branches["0001_age"]);
    await project.write("schema.ts", schemaText([bio, age]));
    await expect(rebase()).rejects.toMatchObject({
      code: "SNAPSHOT_INVALID",
      place: { revision: "0001_bio" },
    });
    await merge(between);
    expect((await rebase()).moved).toContainEqual(late);
  });

  it("is made anew where its script undoes what the other branch did", async () => {
    await merge(between);
    await project.write("schema.ts", schemaText([bio, age]));
    const rebuilt = [
      "CREATE TABLE n (id integer PRIMARY KEY, age integer)",
      "INSERT INTO n (id) SELECT id FROM users",
      "DROP TABLE users",
      "ALTER TABLE n RENAME TO users",
    ];
    await project.write("drizzle/0001_age.sql", rebuilt.join(";\n--> statement-breakpoint\n"));
    await expect(rebase()).rejects.toMatchObject({
      code: "PROOF_FAILED",
      message: expect.stringContaining("bio"),
    });
    await merge([
      ["0000_users", 1000, 0],
      ["0001_bio", 2000, 1],
    ]);
    await createRevision(project.context, { message: "age" });
    expect((await upgrade(project.context)).executed).toEqual(["0002_age"]);
  });

  it("gets the time back that this database has for it, where the journal was changed afterwards", async () => {
    await merge(between);
    await project.write("schema.ts", schemaText([bio, age]));
    await rebase();
    await upgrade(project.context);
    const journal = JSON.parse(await project.read("drizzle/meta/_journal.json"));
    journal.entries[2].when = 2000;
    await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "REVISION_DUPLICATE" });
    expect(await rebase()).toEqual({ moved: [], files: ["drizzle/meta/_journal.json"] });
    expect(await readCurrent(project.context)).toMatchObject({ status: "current", current: "0002_age" });
  });

  it.runIf(isLong())("may be several: each gets a snapshot of its own behind the one before it", async () => {
    await merge([
      ["0000_users", 1000, 0],
      ["0001_age", 1500, 1],
      ["0002_nick", 1600, 2],
      ["0001_bio", 2000, 1],
    ]);
    await project.write("schema.ts", schemaText([bio, age, "nick: text()"]));
    const moved = [late, { from: "0002_nick", to: "0003_nick" }];
    expect(await rebase()).toMatchObject({ moved });
    const columns = async (number: string) => {
      const snapshot = JSON.parse(await project.read(`drizzle/meta/${number}_snapshot.json`));
      return Object.keys(snapshot.tables.users.columns).toSorted();
    };
    expect(await columns("0002")).toEqual(["age", "bio", "id"]);
    expect(await columns("0003")).toEqual(["age", "bio", "id", "nick"]);
    expect((await upgrade(project.context)).executed).toEqual(["0002_age", "0003_nick"]);
    expect(await checkProject(project.context)).toMatchObject({ ok: true });
  });

  it.runIf(isLong())(
    "is put behind the one that the journal names before it where there is no database",
    async () => {
      await merge(shapes[2]?.entries ?? []);
      await project.write("schema.ts", schemaText([bio, age]));
      const context = { ...project.context, hasDatabase: () => Promise.resolve(false) };
      expect((await checkProject(context)).findings).toMatchObject([{ code: "REVISION_DUPLICATE" }]);
      expect((await rebaseRevisions(context)).moved).toEqual([late]);
      expect(await checkProject(context)).toEqual({ ok: true, findings: [], notes: [], database: false });
    },
  );

  it.runIf(isLong())(
    "leaves a gap behind that is closed, and marks of a merge that are to be taken out",
    async () => {
      await merge([
        ["0000_users", 1000, 0],
        ["0001_bio", 2000, 2],
      ]);
      await project.write("schema.ts", schemaText([bio]));
      await expect(upgrade(project.context)).rejects.toThrow("`revision --rebase` to close the gap");
      await rebase();
      expect(await checkProject(project.context)).toMatchObject({ ok: true });
      const journal = await project.read("drizzle/meta/_journal.json");
      await project.write("drizzle/meta/_journal.json", `<<<<<<< ours\n${journal}`);
      await expect(rebase()).rejects.toMatchObject({
        code: "JOURNAL_INVALID",
        message: expect.stringContaining("`revision --rebase`"),
      });
      await project.write("drizzle/meta/_journal.json", journal);
      expect(await rebase()).toEqual({ moved: [], files: [] });
    },
  );
});
