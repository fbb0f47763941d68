import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { findServer } from "../../../src/migrate/server/state.ts";
import { poll } from "../../support/poll.ts";
import { makeStateFolder, npmRun, type NpmRun, npmRunOver, survivors } from "./npm-run.ts";
import type { ListedProcess } from "./process-tree.ts";
import { isLong } from "../../support/tier.ts";

const runs: NpmRun[] = [];
const seen: ListedProcess[] = [];

async function startDev(home: string, more: Readonly<Record<string, string>> = {}) {
  const port = await findFreePort();
  const run = npmRun("dev", { EAVES_HOME: home, PORT: String(port), ...more });
  runs.push(run);
  await run.printed("Try it");
  const tree = run.tree();
  seen.push(...tree);
  return { run, tree, url: `http://127.0.0.1:${port}`, port };
}

/** The one process of the tree that runs this. */
function find(tree: readonly ListedProcess[], command: RegExp): number {
  const found = tree.filter((listed) => command.test(listed.command));
  expect(found.length, `processes like ${command}`).toBeGreaterThan(0);
  return found[0]?.pid ?? 0;
}

const ada = { email: "ada@example.com", password: "correct horse battery" };

function send(url: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function statusOf(url: string, token: string): Promise<number> {
  return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
}

const launcher = /^\S*node src\/dev\/launch\.mjs/;
const main = /--disable-warning=\S+ src\/dev\/dev\.ts$/;

afterEach(() => {
  for (const run of runs.splice(0)) run.child.kill("SIGTERM");
  for (const name of survivors(seen.splice(0))) {
    try {
      process.kill(Number.parseInt(name, 10), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
});

describe("npm run dev", () => {
  it("serves users over a database of its own, and SIGTERM to npm leaves no process", async () => {
    await using home = await makeStateFolder();
    const { run, tree, url } = await startDev(home.path);
    for (const part of [/sqld -d/, /workerd/, /esbuild/, /wrangler/]) find(tree, part);
    expect((await send(`${url}/users`, ada)).status).toBe(201);
    run.child.kill("SIGTERM");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
    expect(await findServer(home.path)).toBeUndefined();
    expect(existsSync(join(home.path, "worker.env"))).toBe(false);
  });

  it("prints a sign-up, a login and a call which work when they are pasted into sh, also a second time", async () => {
    await using home = await makeStateFolder();
    const { run } = await startDev(home.path);
    await run.printed("An admin:");
    const [, lines = ""] = /^Try it.*\n((?: {2}.*\n)+)/m.exec(run.output()) ?? [];
    expect(lines.trimEnd().split("\n")).toHaveLength(3);
    const paste = () => execFileSync("sh", ["-eu"], { input: lines, encoding: "utf8", stdio: "pipe" });
    const first = paste();
    expect(first.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 201", "HTTP/1.1 200"]);
    expect(first).toMatch(/\n\{"id":1,"email":"ada@example\.com","role":"user","disabled":false\}$/);
    expect(paste().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 409", "HTTP/1.1 200"]);
    const page = await fetch(/http:\S+\/docs/.exec(run.output())?.[0] ?? "");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    run.child.kill("SIGTERM");
    await run.ended();
  });

  it.runIf(isLong())(
    "takes an admin made by user:create, and keeps the secret for tokens over a restart, to itself",
    async () => {
      await using home = await makeStateFolder();
      const first = await startDev(home.path);
      const created = await npmRunOver(
        `${ada.password}\n`,
        ["user:create", "--email", ada.email, "--role", "admin"],
        { EAVES_HOME: home.path },
      );
      expect(created).toEqual({ code: 0, output: `created admin ${ada.email} with id 1\n` });
      const login = await (await send(`${first.url}/auth/login`, ada)).json();
      const { accessToken } = login as { accessToken: string };
      expect(await statusOf(`${first.url}/users`, accessToken)).toBe(200);
      first.run.child.kill("SIGTERM");
      await first.run.ended();
      const second = await startDev(home.path);
      expect(await statusOf(`${second.url}/users`, accessToken)).toBe(200);
      second.run.child.kill("SIGTERM");
      await second.run.ended();
      const secret = readFileSync(join(home.path, "token-secret"), "utf8").trim();
      for (const { run, tree } of [first, second]) {
        expect(tree.filter(({ command }) => command.includes(secret))).toEqual([]);
        expect(run.output()).not.toContain(secret);
      }
    },
  );

  it.runIf(isLong())("ends as a whole on SIGTERM to the launcher", async () => {
    await using home = await makeStateFolder();
    const { tree } = await startDev(home.path);
    process.kill(find(tree, launcher), "SIGTERM");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.runIf(isLong())("ends as a whole on SIGKILL to the launcher", async () => {
    await using home = await makeStateFolder();
    const { tree } = await startDev(home.path);
    process.kill(find(tree, launcher), "SIGKILL");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.each(isLong() ? (["SIGINT", "SIGHUP"] as const) : (["SIGINT"] as const))(
    "ends as a whole on %s to the terminal's process group",
    async (signal) => {
      await using home = await makeStateFolder();
      const { run, tree } = await startDev(home.path);
      process.kill(-(run.child.pid ?? 0), signal);
      await poll(
        () => survivors(tree),
        (left) => left.length === 0,
        10_000,
      );
    },
  );

  it("refuses to run twice over one folder, naming the first", async () => {
    await using home = await makeStateFolder();
    const { run, tree, port } = await startDev(home.path);
    const second = npmRun("dev", { EAVES_HOME: home.path, PORT: String(await findFreePort()) });
    expect(await second.exitCode()).toBe(1);
    expect(second.output()).toContain(`runs in this folder already on http://localhost:${port}`);
    run.child.kill("SIGTERM");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.runIf(isLong())("ends with an error when the database dies by itself", async () => {
    await using home = await makeStateFolder();
    const { run, tree } = await startDev(home.path);
    process.kill(find(tree, /sqld -d/), "SIGKILL");
    expect(await run.exitCode()).toBe(1);
    expect(run.output()).toContain("local libSQL server ended by itself");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.runIf(isLong())("ends with an error when wrangler dies by itself", async () => {
    await using home = await makeStateFolder();
    const { run, tree } = await startDev(home.path);
    process.kill(find(tree, /wrangler\/bin\/wrangler\.js/), "SIGKILL");
    expect(await run.exitCode()).toBe(1);
    expect(run.output()).toContain("wrangler dev ended by itself");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.runIf(isLong())("starts again after it was killed, and ends what that one had left", async () => {
    await using home = await makeStateFolder();
    const first = await startDev(home.path);
    process.kill(find(first.tree, main), "SIGKILL");
    await first.run.exitCode();
    const second = await startDev(home.path, { PORT: String(first.port) });
    expect(survivors(first.tree)).toEqual([]);
    second.run.child.kill("SIGTERM");
    await poll(
      () => survivors(second.tree),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.runIf(isLong())("keeps the token off every command line, and gives it to the Worker", async () => {
    await using home = await makeStateFolder();
    await using database = await makeStateFolder();
    const first = await startDev(database.path);
    const server = await findServer(database.path);
    const token = "very-secret-token";
    const { run, tree, url } = await startDev(home.path, {
      DATABASE_URL: server?.url ?? "",
      DATABASE_AUTH_TOKEN: token,
    });
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(tree.filter((listed) => listed.command.includes(token))).toEqual([]);
    expect(tree.filter((listed) => /sqld -d/.test(listed.command))).toEqual([]);
    expect(run.output()).not.toContain(token);
    for (const each of [run, first.run]) each.child.kill("SIGTERM");
    await poll(
      () => survivors([...tree, ...first.tree]),
      (left) => left.length === 0,
      10_000,
    );
  });

  it.each([
    [{ PORT: "http" }, 'PORT is "http"'],
    [{ DATABASE_URL: "file:local.db" }, "a Worker has no files"],
    [{ DATABASE_URL: "mysql://db" }, "DATABASE_URL has the scheme"],
    [{ TOKEN_SECRETS: "change-me" }, "TOKEN_SECRETS has a part 1 that is not 32 bytes"],
  ])("refuses %o with one line", async (variables, line) => {
    await using home = await makeStateFolder();
    const run = npmRun("dev", { EAVES_HOME: home.path, PORT: String(await findFreePort()), ...variables });
    expect(await run.exitCode()).toBe(1);
    const said = run
      .output()
      .split("\n")
      .filter((text) => text !== "" && !text.startsWith(">"));
    expect(said).toEqual([expect.stringContaining(line)]);
  });
});
