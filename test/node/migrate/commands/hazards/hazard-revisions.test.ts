// What `revision` says of hazards: in the head of the script, in its output, and by what was decided while it was made.
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkProject,
  createRevision,
  createRevisionFromDatabase,
  type GenerateContext,
  type RevisionOptions,
  upgrade,
} from "../../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "../project.ts";
import { isLong } from "../../../../support/tier.ts";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await project.write("schema.ts", schemaText(["email: text()", "bio: text()"]));
  await createRevision(project.context, { message: "users" });
  await upgrade(project.context);
  await project.sql("INSERT INTO users (email, bio) VALUES ('ada', 'x'), ('bob', 'y')");
});
afterEach(() => project[Symbol.asyncDispose]());

async function revise(
  columns: readonly string[],
  options: Partial<RevisionOptions> = {},
  context: GenerateContext = project.context,
) {
  await project.write("schema.ts", schemaText(columns));
  return createRevision(context, { message: "change", ...options });
}
const head = async () =>
  (await project.read("drizzle/0001_change.sql"))
    .split("\n")
    .filter((line) => /^-- eaves:(hazard|allow)/.test(line));

describe("revision", () => {
  it("counts the word about values as an acceptance, and asks nobody twice", async () => {
    const result = await revise(["email: text()"], { archive: true });
    expect(result.hazards).toMatchObject([
      { code: "DROPS_COLUMN", on: "users.bio", allowed: "kept in an archive (revision --archive)" },
    ]);
    expect(await head()).toEqual([
      "-- eaves:hazard DROPS_COLUMN users.bio",
      "-- eaves:allow DROPS_COLUMN kept in an archive (revision --archive)",
    ]);
    expect(await upgrade(project.context)).toMatchObject({ executed: ["0001_change"] });
  });

  it.runIf(isLong())("counts the answer of a person, too", async () => {
    const questions = { rename: async () => undefined, archive: async () => false };
    await revise(["email: text()"], {}, { ...project.context, questions });
    expect(await head()).toContain("-- eaves:allow DROPS_COLUMN given up (revision --no-archive)");
    expect(await upgrade(project.context)).toMatchObject({ executed: ["0001_change"] });
  });

  it("counts a rename that was named", async () => {
    await revise(["email: text()", "about: text()"], { renames: ["users.bio=users.about"] });
    expect(await head()).toEqual([
      "-- eaves:hazard RENAMES_COLUMN users.bio",
      "-- eaves:allow RENAMES_COLUMN named with --rename",
    ]);
    expect(await upgrade(project.context)).toMatchObject({ executed: ["0001_change"] });
  });

  it.runIf(isLong())("counts a renamed table, and a column that it loses", async () => {
    const text = schemaText(["email: text()"]).replace('sqliteTable("users"', 'sqliteTable("people"');
    await project.write("schema.ts", text);
    await createRevision(project.context, { message: "change", renames: ["users=people"], archive: false });
    expect((await head()).filter((line) => line.startsWith("-- eaves:allow")).toSorted()).toEqual([
      "-- eaves:allow DROPS_COLUMN given up (revision --no-archive)",
      "-- eaves:allow RENAMES_TABLE named with --rename",
    ]);
    expect(await upgrade(project.context)).toMatchObject({ executed: ["0001_change"] });
  });

  it("only names what was not decided, with the remedy", async () => {
    await project.write("schema.ts", schemaText(["email: text().notNull().unique()", "bio: text()"]));
    const run = await project.run(["revision", "-m", "change"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      "warning  ADDS_NOT_NULL users.email: Expand: add the column with a constant default",
    );
    expect(run.stdout).toContain("warning  ADDS_UNIQUE users_email_unique: Make the named rows different");
    expect(await head()).toEqual([
      "-- eaves:hazard ADDS_NOT_NULL users.email",
      "-- eaves:hazard REBUILDS_TABLE users",
      "-- eaves:hazard ADDS_UNIQUE users_email_unique",
      "-- eaves:hazard BUILDS_INDEX users_email_unique",
    ]);
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "HAZARD_REFUSED" });
  });

  it.runIf(isLong())("shows the same with --dry-run and --json", async () => {
    await project.write("schema.ts", schemaText(["email: text()"]));
    const given = ["revision", "-m", "change", "--no-archive", "--dry-run"];
    const shown = await project.run(given);
    expect(shown.stdout).toContain(
      "warning  DROPS_COLUMN users.bio: allowed, given up (revision --no-archive)\n",
    );
    expect(shown.stdout).toContain("-- eaves:allow DROPS_COLUMN given up");
    const json = await project.run([...given, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ hazards: [{ code: "DROPS_COLUMN", on: "users.bio" }] });
  });

  it.runIf(isLong())("decides for other databases what was done by hand in one", async () => {
    await project.sql("ALTER TABLE users DROP COLUMN bio");
    await project.write("schema.ts", schemaText(["email: text()"]));
    const options = { message: "change", archive: false };
    expect(await createRevisionFromDatabase(project.context, options)).toMatchObject({
      hazards: [{ code: "DROPS_COLUMN", allowed: "given up (revision --no-archive)" }],
    });
  });

  it.runIf(isLong())(
    "leaves journal, checksums and drizzle-kit as they are, with a line in the head and one in the middle",
    async () => {
      await revise(["email: text().notNull()"], { archive: true });
      const text = await project.read("drizzle/0001_change.sql");
      const line = "-- eaves:allow ADDS_NOT_NULL every Worker writes it";
      await project.write(
        "drizzle/0001_change.sql",
        `-- eaves:allow REBUILDS_TABLE few rows\n${text.replace("--> statement-breakpoint\n", `--> statement-breakpoint\n${line}\n`)}`,
      );
      await migrate(drizzle(project.client), { migrationsFolder: project.context.folder });
      expect(await project.sql("SELECT email FROM users")).toEqual(["ada", "bob"]);
      expect(await checkProject(project.context)).toMatchObject({ ok: true });
      expect(await upgrade(project.context)).toMatchObject({ executed: [], remaining: [] });
      expect((await createRevision(project.context, { message: "nothing" })).revision).toBeNull();
    },
  );
});
