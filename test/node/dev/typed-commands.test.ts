// The commands of the stack as people type them, in a copy of the project and without a terminal: a server, two pushes, wrangler,
// calls over HTTP, and from a pushed database to one whose revisions are recorded.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createClient } from "@libsql/client";
import { afterEach, describe, expect, it } from "vitest";
import { findProject } from "../../../src/dev/command/project.ts";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { findServer } from "../../../src/migrate/server/state.ts";
import { poll } from "../../support/poll.ts";
import { copyProject } from "../../support/project-copy.ts";
import { isLong } from "../../support/tier.ts";
import { type NpmRun, startRun, survivors } from "./npm-run.ts";

const runs: NpmRun[] = [];

afterEach(async () => {
  for (const run of runs.splice(0).toReversed()) {
    const tree = run.tree();
    if (run.child.pid !== undefined && survivors(tree).length > 0) process.kill(-run.child.pid, "SIGTERM");
    await poll(
      () => survivors(tree),
      (left) => left.length === 0,
      20_000,
    );
  }
});

const json = { "content-type": "application/json" };
const ada = JSON.stringify({ email: "ada@example.com", password: "correct horse battery" });

describe("npm run db:start, npx wrangler dev and npx drizzle-kit push", { timeout: 600_000 }, () => {
  it.runIf(isLong())(
    "serve a pushed schema, and name the one command that records its revision",
    async () => {
      await using copy = await copyProject(findProject({}).folder);
      const { folder } = copy;
      const own = {
        // What wrangler would look up on the internet, and write into the home folder.
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_LOG_PATH: join(folder, ".wrangler/logs"),
        XDG_CONFIG_HOME: join(folder, ".wrangler/config"),
      };
      const type = (line: string): NpmRun => {
        const run = startRun("sh", ["-c", `cd "$0" && exec ${line}`, folder], own, "ignore");
        runs.push(run);
        return run;
      };
      const finish = async (line: string) => {
        const run = type(line);
        const code = await run.ended();
        return { code, output: run.output() };
      };
      const journal = JSON.parse(await readFile(join(folder, "drizzle/meta/_journal.json"), "utf8"));
      const head = String(journal.entries.at(-1).tag);

      await type("npm run db:start").printed("The local libSQL server answers on");
      const server = await findServer(join(folder, ".eaves"));
      const client = createClient({ url: server?.url ?? "" });
      const readSchema = async () =>
        (await client.execute("SELECT name, sql FROM sqlite_schema ORDER BY name")).rows.map((row) => ({
          ...row,
        }));

      expect(await finish("npx drizzle-kit push")).toMatchObject({ code: 0 });
      const pushed = await readSchema();
      expect(pushed.map(({ name }) => name)).toEqual(expect.arrayContaining(["users", "ix_users_email"]));
      expect(pushed.map(({ name }) => name)).not.toContain("__drizzle_migrations");
      expect(await finish("npx drizzle-kit push")).toMatchObject({ code: 0 });
      expect(await readSchema()).toEqual(pushed);

      const port = await findFreePort();
      const url = `http://127.0.0.1:${port}`;
      const worker = type(`npx wrangler dev --port ${port} --inspector-port 0`);
      await worker.printed("Ready on");
      const ask = async (path: string, init: RequestInit = {}) => {
        const response = await fetch(`${url}${path}`, init);
        return {
          status: response.status,
          json: (await response.json()) as Readonly<Record<string, unknown>>,
        };
      };
      const stamp = `npm run db -- stamp ${head}`;
      expect(await ask("/ready")).toMatchObject({ status: 503, json: { reason: "unstamped", fix: stamp } });
      const check = "npm run --silent db -- check --json";
      const before = await finish(check);
      expect(before.code).toBe(3);
      const found = JSON.parse(/^\{.*\}$/m.exec(before.output)?.[0] ?? "{}");
      expect(found).toMatchObject({
        findings: [{ code: "VERSION_TABLE_MISSING", revision: head }],
        notes: [],
      });
      expect(stamp).toContain(found.findings[0].fix);

      expect(await ask("/users", { method: "POST", headers: json, body: ada })).toMatchObject({
        status: 201,
      });
      const login = await ask("/auth/login", { method: "POST", headers: json, body: ada });
      const headers = { authorization: `Bearer ${String(login.json["accessToken"])}` };
      expect(await ask("/users/me", { headers })).toMatchObject({
        status: 200,
        json: { email: "ada@example.com" },
      });

      expect(await finish(stamp)).toMatchObject({ code: 0 });
      expect(await ask("/ready")).toEqual({ status: 200, json: { status: "ready", revision: head } });
      expect(await finish(check)).toMatchObject({ code: 0 });

      const current = await readSchema();
      for (const line of ["npx drizzle-kit push", "npx drizzle-kit push"]) {
        expect(await finish(line)).toMatchObject({ code: 0 });
        expect(await readSchema()).toEqual(current);
      }
      expect(await finish("npm run --silent db:push")).toMatchObject({ code: 0 });
      expect(await ask("/ready")).toMatchObject({ status: 200 });
      expect(await ask("/users/me", { headers })).toMatchObject({ status: 200 });
      client.close();
    },
  );
});
