// Holds the code to the house it was designed for: every module against every rule, and the rules against
// sources that break them.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { parseModule } from "./support/architecture/module.ts";
import { type Fault, findFaults, type RuleName, ruleNames } from "./support/architecture/rules.ts";
import { type Bundle, bundleWorker } from "./support/bundle.ts";

const root = join(import.meta.dirname, "..");

/** Sources that break one rule each, to show that the rule can fail. */
const broken: readonly (readonly [rule: RuleName, path: string, source: string])[] = [
  ["has a place in the house", "src/utils/dates.ts", "export const x = 1;"],
  ["has a place in the house", "src/database/helpers/dates.ts", "export const x = 1;"],
  ["has a place in the house", "src/send.ts", "export const x = 1;"],
  ["imports only what its room may know", "src/posts/a.ts", 'import { Hono } from "hono";'],
  ["imports only what its room may know", "src/posts/a.ts", 'import { b } from "../worker/env.ts";'],
  ["imports only what its room may know", "src/posts/a.ts", 'import { b } from "../likes/b.ts";'],
  ["imports only what its room may know", "src/database/a.ts", 'import { b } from "../posts/b.ts";'],
  ["does nothing at module scope", "src/posts/a.ts", "const aborter = new AbortController();"],
  ["has a place in the house", "src/migrate/planner.ts", "export const x = 1;"],
  ["imports only what its room may know", "src/schema/a.ts", 'import { b } from "../database/config.ts";'],
  ["imports only what its room may know", "src/database/a.ts", 'import type { b } from "../users/b.ts";'],
  ["imports only what its room may know", "src/users/a.ts", 'import { Hono } from "hono";'],
  ["imports only what its room may know", "src/users/a.ts", 'import { b } from "../auth/b.ts";'],
  ["imports only what its room may know", "src/auth/a.ts", 'type B = import("../worker/env.ts").AppEnv;'],
  ["imports only what its room may know", "src/auth/a.ts", 'import { readFile } from "node:fs";'],
  [
    "imports only what its room may know",
    "src/worker/a.ts",
    'const b = await import("../migrate/server/server.ts");',
  ],
  ["imports only what its room may know", "src/worker/a.ts", "const b = (name: string) => import(name);"],
  [
    "imports only what its room may know",
    "src/worker/a.ts",
    'import b from "../../drizzle/meta/0000_snapshot.json";',
  ],
  ["imports only what its room may know", "src/worker/a.ts", 'import { z } from "zod";'],
  [
    "imports only what its room may know",
    "src/migrate/server/a.ts",
    'export { b } from "../database/config.ts";',
  ],
  [
    "imports only what its room may know",
    "src/dev/a.ts",
    'import { b } from "../migrate/commands/upgrade.ts";',
  ],
  ["imports only what its room may know", "src/migrate/sql/a.ts", 'import { sep } from "node:path";'],
  [
    "imports only what its room may know",
    "src/migrate/sql/a.ts",
    'import { b } from "../folder/journal.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/folder/a.ts",
    'import { b } from "../runtime/executor.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/runtime/a.ts",
    'import { b } from "../../database/session.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/commands/a.ts",
    'import { users } from "../../schema/index.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/cli/a.ts",
    'import { b } from "../runtime/executor.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/main.ts",
    'import { b } from "./commands/upgrade.ts";',
  ],
  [
    "imports only what its room may know",
    "src/migrate/folder/a.ts",
    'const kit = require("drizzle-kit/api");',
  ],
  ["leaves the process to main, cli and local", "src/users/a.ts", "export const id = process.pid;"],
  ["leaves the process to main, cli and local", "src/users/a.ts", "export const f = () => [process];"],
  [
    "leaves the process to main, cli and local",
    "src/users/a.ts",
    "export const id = globalThis.process.pid;",
  ],
  [
    "leaves the process to main, cli and local",
    "src/migrate/runtime/a.ts",
    'import { env } from "node:process";',
  ],
  ["leaves the console to cli and local", "src/worker/a.ts", 'export const f = () => console.log("x");'],
  [
    "leaves the console to cli and local",
    "src/migrate/commands/a.ts",
    "export const f = (log = console) => log;",
  ],
  [
    "leaves the console to cli and local",
    "src/migrate/server/a.ts",
    "export const f = () => globalThis.console.log();",
  ],
  [
    "leaves the bindings to worker/index and worker/env",
    "src/worker/a.ts",
    "export const f = (c) => c.env.TOKEN;",
  ],
  [
    "leaves the bindings to worker/index and worker/env",
    "src/worker/routes/a.ts",
    "export const f = ({ env }) => env;",
  ],
  ["is no barrel", "src/users/index.ts", 'export * from "./email.ts";'],
  ["is no barrel", "src/users/a.ts", 'export { b } from "./email.ts";'],
  ["is no barrel", "src/database/a.ts", 'export type { B } from "./session.ts";'],
  ["has named exports only", "src/users/a.ts", "export default 1;"],
  ["has named exports only", "src/users/a.ts", "const a = 1; export { a as default };"],
  ["is at most 300 lines long", "src/users/a.ts", "\n".repeat(301)],
  ["can be read by Node 22", "src/dev/a.ts", "async function f() { await using lock = take(); }"],
  ["can be read by Node 22", "src/dev/a.ts", "function f() { using lock = take(); }"],
  ["can be read by Node 22", "src/dev/a.ts", "const f = () => new AsyncDisposableStack();"],
  ["does nothing at module scope", "src/database/a.ts", 'const client = createClient({ url: "x" });'],
  ["does nothing at module scope", "src/database/a.ts", "export const db = drizzle(client);"],
  ["does nothing at module scope", "src/worker/a.ts", 'export const page = await fetch("https://a.test");'],
  ["does nothing at module scope", "src/worker/a.ts", "const aborter = new AbortController();"],
  ["does nothing at module scope", "src/worker/a.ts", "class A { static readonly reply = new Response(); }"],
  ["does nothing at module scope", "src/worker/a.ts", 'import { env } from "cloudflare:workers";'],
];

/** What looks alike and is allowed: a rule that cries wolf is switched off sooner or later. */
const sound: readonly (readonly [path: string, source: string])[] = [
  ["src/worker/a.ts", 'import { Hono } from "hono";\nexport const app = new Hono();'],
  ["src/worker/a.ts", "export const f = () => new Response(null, { status: 204 });"],
  ["src/worker/a.ts", "export const settings = new WeakMap<object, string>();"],
  ["src/posts/a.ts", 'import { b } from "../database/page.ts";\nimport { c } from "../users/caller.ts";'],
  ["src/worker/a.ts", 'import { b } from "../posts/b.ts";'],
  ["src/worker/env.ts", "export const f = (c: { env: object }) => c.env;"],
  ["src/worker/index.ts", "export default { fetch: () => new Response() };"],
  [
    "src/worker/readiness.ts",
    'import journal from "../../drizzle/meta/_journal.json" with { type: "json" };',
  ],
  ["src/database/a.ts", "export interface A { process: string }\nexport const f = (a: A) => a.process;"],
  [
    "src/database/a.ts",
    'export const open = async () => { await fetch("x"); return createClient({ url: "x" }); };',
  ],
  ["src/database/a.ts", 'import { users } from "../schema/index.ts";\nconst a = 1;\nexport { a, users };'],
  ["src/auth/password.ts", 'import { scrypt } from "node:crypto";\nexport const f = scrypt;'],
  ["src/migrate/main.ts", 'import { run } from "./cli/run.ts";\nprocess.exitCode = run(process.argv);'],
  [
    "src/migrate/commands/a.ts",
    'import { b } from "../history/planner.ts";\nimport { c } from "../runtime/executor.ts";',
  ],
  [
    "src/migrate/runtime/a.ts",
    'import { b } from "../../database/config.ts";\nimport { c } from "../server/server.ts";',
  ],
];

const say = ({ path, rule, found }: Fault): string => `${path} breaks "${rule}": ${found}`;

describe("architecture rules", () => {
  it.each(broken)("%s: %s is caught with %j", (rule, path, source) => {
    expect(findFaults(parseModule(path, source), [rule])).not.toEqual([]);
  });

  it.each(sound)("%s may hold %j", (path, source) => {
    expect(findFaults(parseModule(path, source)).map(say)).toEqual([]);
  });

  it("each have a source that breaks them", () => {
    expect(new Set(broken.map(([rule]) => rule))).toEqual(new Set(ruleNames));
  });
});

describe("source", () => {
  const paths = globSync(["src/**/*.ts", "drizzle.config.ts"], { cwd: root }).map((path) =>
    path.replaceAll("\\", "/"),
  );

  it("is where the house says it is", () => {
    expect(paths).toContain("src/schema/index.ts");
  });

  it.each(paths)("%s keeps every rule", (path) => {
    expect(findFaults(parseModule(path, readFileSync(join(root, path), "utf8"))).map(say)).toEqual([]);
  });
});

describe("Worker bundle", () => {
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await bundleWorker();
  });

  it("asks the runtime for no module but the ones named", () => {
    expect(bundle.runtimeModules.filter((name) => !["node:buffer", "node:crypto"].includes(name))).toEqual(
      [],
    );
  });

  it("holds nothing of what describes the API", () => {
    const building = ["hono-openapi", "drizzle-valibot", "@valibot/to-json-schema", "swagger-ui-dist"];
    expect(bundle.packages.filter((name) => building.includes(name))).toEqual([]);
    // That the list would show it.
    expect(bundle.packages).toEqual(expect.arrayContaining(["drizzle-orm", "hono", "valibot"]));
  });

  it("is at most 75 kB when compressed", () => {
    expect(bundle.gzipBytes).toBeGreaterThan(1_000);
    expect(bundle.gzipBytes).toBeLessThanOrEqual(75_000);
  });
});
