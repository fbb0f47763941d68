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
      `DROPS_COLUMN users.bio: a column goes, and its values with it; 2 values in 2 rows (${file}:5); ` +
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
        mend: expect.stringContaining(`\`-- eaves:allow DROPS_COLUMN <why>\` into ${file}`),
      },
    ]);
    expect(notes).toEqual([]);
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

  it("finds files that belong to nothing, snapshots that are gone and ways back that are missing", async () => {
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
