// The two places where tests run: Node, and workerd for everything that runs in the Worker.
// `--mode long` runs the full counts.
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig(({ mode }) => {
  const long = mode === "long";
  const shared = {
    provide: { tier: long ? "long" : "quick", seed: 20_261_101 },
    testTimeout: long ? 600_000 : 60_000,
    hookTimeout: 60_000,
  } as const;
  return {
    root,
    test: {
      globalSetup: "test/support/global-setup.ts",
      // Most tests wait for a server; with one worker on two cores, Vitest's default, half of the time is idle.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      projects: [
        {
          root,
          test: {
            ...shared,
            name: "node",
            include: ["test/architecture.test.ts", "test/{node,contract,types}/**/*.test.ts"],
          },
        },
        {
          root,
          plugins: [
            cloudflareTest({
              wrangler: { configPath: "wrangler.toml" },
              miniflare: { bindings: { ENVIRONMENT: "development", PASSWORD_SCRYPT: "ln=10,r=8,p=1" } },
            }),
          ],
          test: {
            ...shared,
            name: "worker",
            include: ["test/worker/**/*.test.ts"],
            // Bundled once instead of loaded file by file, which halves the time of a run.
            deps: {
              optimizer: {
                ssr: {
                  enabled: true,
                  include: [
                    "hono",
                    "hono/cors",
                    "hono/http-exception",
                    "hono/route",
                    "hono/secure-headers",
                    "hono/streaming",
                    "hono/timeout",
                    "hono/tiny",
                    "drizzle-orm",
                    "drizzle-orm/errors",
                    "drizzle-orm/libsql/driver-core",
                    "drizzle-orm/libsql/session",
                    "drizzle-orm/relations",
                    "drizzle-orm/sqlite-core",
                    "@libsql/client/http",
                    "@cfworker/json-schema",
                    "jose/base64url",
                    "jose/errors",
                    "jose/jwt/sign",
                    "jose/jwt/verify",
                    "valibot",
                  ],
                },
              },
            },
          },
        },
      ],
    },
  };
});
