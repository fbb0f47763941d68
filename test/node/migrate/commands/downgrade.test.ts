import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downgrade, readCurrent, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, writeHistory } from "./project.ts";

describe("downgrade, looking at the rows first", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, [
      {
        tag: "0000_users",
        up: "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);",
        down: "-- eaves:loses-newer users :: SELECT count(*) FROM users\nDROP TABLE users;",
      },
      {
        tag: "0001_notes",
        up: "ALTER TABLE users ADD note TEXT;",
        down: [
          "-- eaves:refused-by NOT NULL of users.name :: SELECT id FROM users WHERE name IS NULL",
          "-- eaves:loses-newer users.note :: SELECT count(*) FROM users WHERE note IS NOT NULL",
          "-- eaves:refused-by what cannot be asked :: SELECT id FROM nowhere",
          "ALTER TABLE users DROP COLUMN note;",
        ].join("\n"),
      },
    ]);
    await upgrade(project.context);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("names five of the rows that are in the way by their keys, and never by a value", async () => {
    await project.sql("INSERT INTO users (note) SELECT 'secret' FROM json_each('[1,2,3,4,5,6,7]')");
    const failure = await downgrade(project.context, { target: "-1", acceptNewerData: true }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: "DOWNGRADE_REFUSED",
      details: { refused: [{ rule: "NOT NULL of users.name", rows: 7, keys: ["1", "2", "3", "4", "5"] }] },
    });
    expect(String(failure)).not.toContain("secret");
    expect(await project.sql("SELECT count(*) FROM users")).toEqual([7]);
  });

  it("counts what was written since, and loses it only when told to", async () => {
    await project.sql("INSERT INTO users (name, note) VALUES ('a', 'x'), ('b', NULL)");
    await expect(downgrade(project.context, { target: "-1" })).rejects.toMatchObject({
      code: "NEWER_DATA",
      details: { newer: [{ object: "users.note", values: 1 }] },
    });
    const result = await downgrade(project.context, { target: "-1", acceptNewerData: true });
    expect(result).toMatchObject({ executed: ["0001_notes"], current: "0000_users" });
  });

  it("refuses before the first step what only the second would lose", async () => {
    await project.sql("INSERT INTO users (name) VALUES ('a')");
    await expect(downgrade(project.context, { target: "base" })).rejects.toMatchObject({
      code: "NEWER_DATA",
      place: { revision: "0000_users" },
    });
    expect(await readCurrent(project.context)).toMatchObject({ current: "0001_notes" });
  });

  it("shows the hazards of a dry run, and changes nothing", async () => {
    await project.sql("INSERT INTO users (name, note) VALUES ('a', 'x')");
    const { plan, executed, remaining } = await downgrade(project.context, {
      target: "base",
      mode: "dry-run",
    });
    expect({ executed, remaining }).toEqual({ executed: [], remaining: ["0001_notes", "0000_users"] });
    expect(plan?.map(({ revision, hazards }) => [revision, hazards])).toEqual([
      ["0001_notes", ["1 value of users.note written since the upgrade would be lost"]],
      ["0000_users", ["1 row of users written since the upgrade would be lost"]],
    ]);
    expect(await readCurrent(project.context)).toMatchObject({ current: "0001_notes" });
  });

  it("records the schema once, at the end, for the next run to see that nothing has drifted", async () => {
    await project.sql("CREATE TABLE __records (n INTEGER)");
    const counting = "AFTER INSERT ON __eaves_schema BEGIN INSERT INTO __records VALUES (1); END";
    await project.sql(`CREATE TRIGGER __count_records ${counting}`);
    await downgrade(project.context, { target: "base" });
    expect(await project.sql("SELECT count(*) FROM __records")).toEqual([1]);
    await upgrade(project.context);
    expect(project.reports.filter((text) => text.startsWith("replaying"))).toEqual([]);
  });

  it("says what it has taken back where a later step fails", async () => {
    await project.write("drizzle/0000_users.down.sql", "DROP TABLE nowhere;");
    await expect(downgrade(project.context, { target: "base" })).rejects.toMatchObject({
      code: "STATEMENT_FAILED",
      place: { revision: "0000_users" },
      details: { executed: ["0001_notes"] },
    });
    expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users" });
    await upgrade(project.context);
    expect(project.reports.filter((text) => text.startsWith("replaying"))).toEqual([]);
  });
});
