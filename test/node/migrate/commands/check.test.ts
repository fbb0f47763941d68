import { execFileSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkProject, createRevision, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject, writeHistory } from "./project.ts";

describe("checkProject", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await project.write("schema.ts", schemaText(["bio: text()"]));
    await createRevision(project.context, { message: "users" });
  });
  afterEach(() => project[Symbol.asyncDispose]());

  const codes = async (): Promise<readonly string[]> =>
    (await checkProject(project.context)).findings.map(({ code }) => code);

  it("finds nothing where schema, snapshots, revisions and database agree", async () => {
    await upgrade(project.context);
    expect(await checkProject(project.context)).toEqual({
      ok: true,
      findings: [],
      notes: [],
      database: true,
    });
  });

  it("finds what no revision has, what is pending, and what the pending would remove", async () => {
    await upgrade(project.context);
    await project.sql("INSERT INTO users (bio) VALUES ('a'), ('b')");
    await project.write("schema.ts", schemaText([]));
    expect(await codes()).toEqual(["MODEL_CHANGED"]);
    await createRevision(project.context, { message: "drop bio", archive: false });
    const file = "drizzle/0001_drop_bio.sql";
    const decided = await checkProject(project.context);
    expect(decided.findings).toMatchObject([{ code: "REVISION_PENDING", revision: "0001_drop_bio" }]);
    expect(decided.notes).toEqual([
      `DROPS_COLUMN users.bio: drops a column with its values; 2 values in 2 rows (${file}:5); ` +
        "allowed: given up (revision --no-archive)",
    ]);
    const text = await project.read(file);
    await project.write(file, text.replace(/^-- eaves:allow .*\n/m, ""));
    const { findings, notes } = await checkProject(project.context);
    expect(findings).toMatchObject([
      { code: "REVISION_PENDING", revision: "0001_drop_bio" },
      {
        code: "DROPS_COLUMN",
        message: expect.stringContaining("2 values in 2 rows; `upgrade` refuses it"),
        revision: "0001_drop_bio",
        file,
        line: 4,
        fix: expect.stringContaining(`\`-- eaves:allow DROPS_COLUMN <why>\` into ${file}`),
      },
    ]);
    expect(notes).toEqual([]);
  });

  describe("over tables that drizzle-kit push has made", () => {
    const both = schemaText(["bio: text()", "age: integer()"]);
    const push = async (columns: string): Promise<unknown> =>
      project.sql(`CREATE TABLE users (id integer PRIMARY KEY NOT NULL${columns})`);
    beforeEach(async () => {
      await project.write("schema.ts", both);
      await createRevision(project.context, { message: "age" });
      await project.write("schema.ts", schemaText(["bio: text()"]));
      await createRevision(project.context, { message: "no age", archive: false });
    });

    const stamp = async ({ fix = "" }: { readonly fix?: string }): Promise<void> => {
      expect(await project.run(fix.split(" "))).toMatchObject({ code: 0 });
    };

    it("names the one stamp, and nothing that would contradict it", async () => {
      await push(", bio text");
      const { findings, notes } = await checkProject(project.context);
      expect(findings).toMatchObject([
        { code: "VERSION_TABLE_MISSING", revision: "0002_no_age", fix: "stamp 0002_no_age" },
      ]);
      expect(notes).toEqual([]);
      await expect(upgrade(project.context)).rejects.toMatchObject({ code: "VERSION_TABLE_MISSING" });
      for (const finding of findings) await stamp(finding);
      expect(await checkProject(project.context)).toMatchObject({ ok: true });
      expect((await upgrade(project.context)).executed).toEqual([]);
    });

    it("names the stamp of an older schema, and what is pending behind it", async () => {
      await push(", bio text, age integer");
      const { findings } = await checkProject(project.context);
      expect(findings.map(({ code, revision }) => [code, revision])).toEqual([
        ["VERSION_TABLE_MISSING", "0001_age"],
        ["REVISION_PENDING", "0002_no_age"],
      ]);
      for (const finding of findings.slice(0, 1)) await stamp(finding);
      expect((await upgrade(project.context)).executed).toEqual(["0002_no_age"]);
    });

    it("calls nothing pending if the tables are those of no revision", async () => {
      await push(", other text");
      expect((await checkProject(project.context)).findings).toMatchObject([
        { code: "VERSION_TABLE_MISSING" },
      ]);
    });

    it("accepts tables of another program once base is stamped", async () => {
      await project.sql("CREATE TABLE others (id integer PRIMARY KEY)");
      await project.run(["stamp", "base"]);
      expect(await codes()).toEqual(["REVISION_PENDING", "REVISION_PENDING", "REVISION_PENDING"]);
      await upgrade(project.context);
      expect(await project.sql("SELECT count(*) FROM others")).toEqual([0]);
    });

    it("names the stamp if the version table is older than the push, as `upgrade` does", async () => {
      await upgrade(project.context, { target: "0000_users" });
      await project.sql("ALTER TABLE users ADD age integer");
      await expect(upgrade(project.context)).rejects.toMatchObject({
        code: "SCHEMA_DRIFTED",
        details: { match: "0001_age" },
      });
      const { findings } = await checkProject(project.context);
      expect(findings.map(({ code, revision }) => [code, revision])).toEqual([
        ["VERSION_TABLE_BEHIND", "0001_age"],
        ["REVISION_PENDING", "0002_no_age"],
      ]);
      for (const finding of findings.slice(0, 1)) await stamp(finding);
      expect((await upgrade(project.context)).executed).toEqual(["0002_no_age"]);
    });
  });

  it("takes what another runner does meanwhile for no drift", async () => {
    await writeHistory(project, [
      { tag: "0000_users", up: "CREATE TABLE users (id INTEGER PRIMARY KEY);", down: "DROP TABLE users;" },
      { tag: "0001_bio", up: "ALTER TABLE users ADD bio TEXT;", down: "ALTER TABLE users DROP COLUMN bio;" },
    ]);
    await upgrade(project.context, { target: "0000_users" });
    let isFirst = true;
    const report = (text: string): void => {
      if (!isFirst || !text.startsWith("replaying")) return;
      isFirst = false;
      const given = [join(import.meta.dirname, "../../../../src/migrate/main.ts"), "upgrade"];
      const env = { ...process.env, DATABASE_URL: project.databaseUrl };
      execFileSync(process.execPath, given, { cwd: project.folder, env, stdio: "ignore" });
    };
    const { findings } = await checkProject({ ...project.context, report });
    expect(isFirst).toBe(false);
    expect(findings.map(({ code }) => code)).not.toContain("SCHEMA_DRIFTED");
    expect(findings.map(({ code }) => code)).not.toContain("REVISION_PENDING");
  });

  it("finds files that belong to nothing, snapshots that are gone and downgrades that are missing", async () => {
    await upgrade(project.context);
    await project.write("drizzle/0007_left_over.sql", "SELECT 1;");
    await project.remove("drizzle/0000_users.down.sql");
    expect((await codes()).toSorted()).toEqual(["DOWNGRADE_MISSING", "FILE_UNKNOWN"]);
  });

  it("finds a revision that does not do what its snapshot says", async () => {
    await project.write("drizzle/0000_users.sql", "CREATE TABLE users (id integer PRIMARY KEY NOT NULL);");
    await upgrade(project.context);
    const { findings } = await checkProject(project.context);
    expect(findings).toMatchObject([
      { code: "SNAPSHOT_DIFFERS", object: "table users", expected: "column bio text", found: null },
    ]);
  });
});
