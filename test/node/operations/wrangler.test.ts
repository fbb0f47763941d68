// Holds wrangler.toml and .dev.vars.example to what the Worker reads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { parseSettings } from "../../../src/worker/settings.ts";

const root = join(import.meta.dirname, "../../..");
const configured = ["development", "staging", "production"] as const;
const configOf = (env?: string) =>
  readConfig({ config: join(root, "wrangler.toml"), env }, { hideWarnings: true });

/** The names that the Worker asks its bindings for, with a database that makes it ask for all of them. */
function namesRead(): ReadonlySet<string> {
  const names = new Set<string>();
  const variables = new Proxy<Record<string, unknown>>(
    { DATABASE_URL: "http://database.example" },
    {
      get: (target, name) => {
        if (typeof name === "string") names.add(name);
        return Reflect.get(target, name);
      },
    },
  );
  parseSettings(variables);
  return names;
}

describe("wrangler.toml", () => {
  it("is production where no environment is named", () => {
    expect(configOf().vars).toEqual({ ENVIRONMENT: "production" });
  });

  it.each(configured)("gives %s all that environments do not inherit", (env) => {
    const { vars, ratelimits, name } = configOf(env);
    expect(name).toBe(`eaves-${env}`);
    expect(vars).toEqual({ ENVIRONMENT: env });
    expect(ratelimits).toMatchObject([
      { name: "SIGN_IN_LIMIT", simple: { limit: env === "development" ? 10_000 : 30, period: 60 } },
    ]);
  });

  it.each([undefined, ...configured])("serves the static files and runs every hour in %s", (env) => {
    const { assets, triggers, placement, compatibility_flags: flags } = configOf(env);
    expect(assets?.directory).toMatch(/\.assets$/);
    expect(triggers.crons).toEqual(["17 * * * *"]);
    expect(placement).toEqual({ mode: "smart" });
    expect(flags).toEqual(["nodejs_compat"]);
  });

  it.each([undefined, ...configured])(
    "keeps the lines of the Worker, and no addresses of requests, in %s",
    (env) => {
      expect(configOf(env).observability).toEqual({
        enabled: true,
        logs: { enabled: true, invocation_logs: false },
      });
    },
  );

  it("counts the requests of each environment by itself", () => {
    const ids = [undefined, ...configured].map((env) => configOf(env).ratelimits[0]?.namespace_id);
    expect(new Set(ids).size).toBe(4);
  });

  it("refuses a deployment without its secrets", () => {
    for (const env of ["staging", "production"]) {
      expect(configOf(env).secrets?.required).toEqual(["DATABASE_URL", "TOKEN_SECRETS"]);
    }
    // Named at the top level, they would keep every other variable of .dev.vars from being read.
    expect(configOf().secrets).toBeUndefined();
  });
});

describe(".dev.vars.example", () => {
  it("has the variables that the Worker reads, all of them and no others", () => {
    const text = readFileSync(join(root, ".dev.vars.example"), "utf8");
    const named = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    const bindings = new Set(configOf().ratelimits.map((limit: { name: string }) => limit.name));
    const read = [...namesRead()].filter((name) => !bindings.has(name));
    expect(read).toContain("DATABASE_ALLOW_HTTP");
    expect(named.toSorted()).toEqual(read.toSorted());
  });

  it("says one thing about each, and holds no secret", () => {
    const lines = readFileSync(join(root, ".dev.vars.example"), "utf8").trimEnd().split("\n");
    for (const [index, line] of lines.entries()) {
      if (/^[A-Z]/.test(line)) expect(lines[index - 1], line).toMatch(/^# \S/);
    }
    expect(lines).toContain("TOKEN_SECRETS=");
    expect(lines).toContain("DATABASE_AUTH_TOKEN=");
  });
});
