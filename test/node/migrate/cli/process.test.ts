import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProject, type TestProject, threeRevisions, writeHistory } from "../commands/project.ts";

describe("the command line as a process without a terminal", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, threeRevisions);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("prints the result on stdout and the progress on stderr, one line a step, without colours, in CI too", async () => {
    const { code, stdout, stderr } = await project.run(["upgrade"], { CI: "true" });
    expect(code).toBe(0);
    expect(stderr).toBe("upgrade 0000_users\nupgrade 0001_bio\nupgrade 0002_posts\n");
    expect(stdout).toBe(
      "done  0000_users\ndone  0001_bio\ndone  0002_posts\nThe database is at 0002_posts\n",
    );
  });

  it("prints nothing but the JSON with --json", async () => {
    const { code, stdout, stderr } = await project.run(["upgrade", "+1", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ executed: ["0000_users"], remaining: [], hazards: [] });
  });

  it("gives the documented shapes of current and history", async () => {
    await project.run(["upgrade", "1"]);
    const current = await project.run(["current", "--json"]);
    expect(JSON.parse(current.stdout)).toEqual({
      current: "0001_bio",
      head: "0002_posts",
      pending: ["0002_posts"],
      status: "behind",
    });
    const history = await project.run(["history", "--json"]);
    expect(JSON.parse(history.stdout)).toEqual([
      { revision: "0000_users", status: "applied", class: "unknown", reversible: true },
      { revision: "0001_bio", status: "applied", class: "unknown", reversible: true },
      { revision: "0002_posts", status: "pending", class: "unknown", reversible: true },
    ]);
  });

  it("says that there is nothing to do, and that this is no failure", async () => {
    await project.run(["upgrade"]);
    const again = await project.run(["upgrade"]);
    expect(again).toEqual({ code: 0, stdout: "Nothing to do: the database is at 0002_posts\n", stderr: "" });
  });

  it("takes -1 for a target and not for an option", async () => {
    await project.run(["upgrade"]);
    const { code, stdout } = await project.run(["downgrade", "-1", "--json"]);
    expect({ code, result: JSON.parse(stdout) }).toEqual({
      code: 0,
      result: { executed: ["0002_posts"], remaining: [] },
    });
  });

  it("exits with 3 where check finds something, and with 0 where it does not", async () => {
    const pending = await project.run(["check", "--json", "--schema", "./none.ts"]);
    // No drizzle-kit can read a schema that is not there.
    expect(pending.code).toBe(1);
    await project.write("schema.ts", "export {};\n");
    const found = await project.run(["check", "--json"]);
    const { ok, findings } = JSON.parse(found.stdout);
    expect({ code: found.code, ok }).toEqual({ code: 3, ok: false });
    expect(findings.map((finding: { code: string }) => finding.code)).toContain("REVISION_PENDING");
  });

  it("never waits for an answer: a question is a refusal that names the option", async () => {
    await project.remove("drizzle");
    await mkdir(join(project.folder, "drizzle"));
    await project.write("schema.ts", usersWith("a"));
    expect((await project.run(["revision", "-m", "users"])).code).toBe(0);
    await project.write("schema.ts", usersWith("b"));
    const renamed = await project.run(["revision", "-m", "rename"]);
    expect(renamed.code).toBe(4);
    expect(renamed.stdout).toBe("");
    expect(renamed.stderr).toContain("--rename users.a=users.b");
  });

  it("finds the revisions where the configuration says, also where that has to be waited for", async () => {
    await rename(join(project.folder, "drizzle"), join(project.folder, "elsewhere"));
    await project.write(
      "drizzle.config.ts",
      `export default await Promise.resolve({ dialect: "turso", out: "elsewhere" });\n`,
    );
    expect(await project.run(["current"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("3 pending"),
    });
  });

  it("works on the project's own local server where DATABASE_URL is not set", async () => {
    const variables = { DATABASE_URL: undefined, EAVES_HOME: join(project.folder, "home") };
    expect((await project.run(["upgrade"], variables)).code).toBe(0);
    const { stdout } = await project.run(["current"], variables);
    expect(stdout).toBe("0002_posts (head)\n");
  });
});

function usersWith(column: string): string {
  return `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const users = sqliteTable("users", { id: integer().primaryKey(), ${column}: text() });
`;
}
