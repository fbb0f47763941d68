// Where tests run: in Node, and in workerd for everything that runs in the Worker. `--mode long` runs the full counts, the
// files of test/slow-tests.json, and the tests of the session once more over `@libsql/client`.
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { unstable_readConfig as readWranglerConfig } from "wrangler";
import slowTests from "./test/slow-tests.json" with { type: "json" };

/** Bundled once instead of loaded file by file, which halves the time of a run. */
const bundledOnce = [
  "hono",
  "hono/cors",
  "hono/http-exception",
  "hono/route",
  "hono/secure-headers",
  "hono/streaming",
  "hono/timeout",
  "hono/tiny",
  "hono/utils/jwt/jwt",
  "drizzle-orm",
  "drizzle-orm/errors",
  "drizzle-orm/libsql/driver-core",
  "drizzle-orm/libsql/session",
  "drizzle-orm/relations",
  "drizzle-orm/sqlite-core",
  "@libsql/client/http",
  "@cfworker/json-schema",
  "valibot",
];

// Read here, and not by the plugin, which would give the tests the developer's own `.dev.vars` too.
const { main, compatibility_date, compatibility_flags, ratelimits } = readWranglerConfig({
  config: "wrangler.toml",
});
const ratelimitsByName = Object.fromEntries(
  ratelimits.map(({ name, namespace_id, simple }) => [name, { namespace_id, simple }]),
);

export default defineConfig(({ mode }) => {
  const long = mode === "long";
  const exclude = ["**/node_modules/**", ...(long ? [] : Object.keys(slowTests))];
  const shared = {
    // A process for each file would be a quarter of the time of a run; no test leaves anything behind in its module.
    isolate: false,
    provide: { tier: long ? "long" : "quick", seed: 20_261_101 },
    // Only against a test that never ends: how fast the machine is decides nothing.
    testTimeout: long ? 900_000 : 180_000,
    hookTimeout: 180_000,
  } as const;
  const inWorkerd = {
    plugins: [
      cloudflareTest({
        ...(main === undefined ? {} : { main }),
        miniflare: {
          ...(compatibility_date === undefined ? {} : { compatibilityDate: compatibility_date }),
          compatibilityFlags: compatibility_flags,
          ratelimits: ratelimitsByName,
          bindings: { ENVIRONMENT: "development", PASSWORD_SCRYPT: "ln=10,r=8,p=1" },
        },
      }),
    ],
    test: { ...shared, deps: { optimizer: { ssr: { enabled: true, include: bundledOnce } } } },
  };
  const node = {
    test: {
      ...shared,
      name: "node",
      exclude,
      include: ["test/architecture.test.ts", "test/{node,contract,labs}/**/*.test.ts"],
    },
  };
  const worker = {
    ...inWorkerd,
    test: {
      ...inWorkerd.test,
      name: "worker",
      exclude: [...exclude, "test/worker/database/**"],
      include: ["test/worker/**/*.test.ts"],
    },
  };
  // A project of its own, so that it runs beside the others: it mostly waits for deadlines.
  const session = {
    ...inWorkerd,
    test: { ...inWorkerd.test, name: "session", include: ["test/worker/database/**/*.test.ts"] },
  };
  const sessionOverLibsqlClient = {
    ...session,
    test: {
      ...session.test,
      name: "session over @libsql/client",
      setupFiles: ["test/worker/support/libsql-client.ts"],
    },
  };
  return {
    test: {
      // What a test prints is shown if it fails.
      reporters: ["dot"],
      silent: "passed-only",
      globalSetup: "test/support/global-setup.ts",
      // Most tests wait for a server; with one process on two cores, Vitest's default, half of the time is idle.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      projects: [node, worker, session, ...(long ? [sessionOverLibsqlClient] : [])],
    },
  };
});
