import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explainHazard } from "../../../../../src/migrate/index.ts";
import { allHazardCodes, answerTo, describeCode } from "../../../../../src/migrate/hazards/hazard-codes.ts";
import { createProject, type TestProject } from "../project.ts";

describe("check --explain", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await createProject();
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
  });

  it("says what a code means, without a database", async () => {
    const run = await project.run(["check", "--explain", "drops_column"], { DATABASE_URL: undefined });
    const { title, explanation, example, remedy } = describeCode("DROPS_COLUMN");
    expect(run).toEqual({
      code: 0,
      stderr: "",
      stdout: `DROPS_COLUMN  ${title}

${explanation}

kind:     destructive, breaking
example:  ${example}
remedy:   ${remedy}
upgrade:  refuses it if there are rows, unless the script allows it
allow:    -- eaves:allow DROPS_COLUMN <why>
Atlas:    DS103
`,
    });
  });

  it("prints the same as JSON", async () => {
    const run = await project.run(["check", "--explain", "BUILDS_INDEX", "--json"]);
    expect(JSON.parse(run.stdout)).toEqual({
      code: "BUILDS_INDEX",
      ...describeCode("BUILDS_INDEX"),
      upgrade: "says so, and runs it",
      allow: "-- eaves:allow BUILDS_INDEX <why>",
    });
  });

  it("lists all codes where it does not know one", async () => {
    const run = await project.run(["check", "--explain", "DROP"]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toBe(
      `USAGE_INVALID  "DROP" is no hazard's code: expected one of ${allHazardCodes.join(", ")}\n`,
    );
  });

  it("explains every code, and offers to allow all that can be", () => {
    for (const code of allHazardCodes) {
      const { upgrade, allow, remedy } = explainHazard(code);
      expect(upgrade).not.toBe("");
      expect(remedy).toMatch(/\.$/);
      expect(allow === null).toBe(answerTo(code) === "never");
    }
  });

  // DS101 is a schema that is dropped; SQLite has no statement for that.
  it("covers what Atlas' open analyzers find on SQLite", () => {
    const covered = allHazardCodes.flatMap((code) => [...describeCode(code).atlas]);
    expect(covered.toSorted()).toEqual([
      "BC101",
      "BC102",
      "CD101",
      "DS102",
      "DS103",
      "MF101",
      "MF102",
      "MF103",
      "MF104",
    ]);
  });
});
