// Drizzle's migrator, drizzle-kit migrate and our executor on one database, in all orders: what one has applied, the
// others see as applied, and what ours took back, the others apply again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ReversibleRevision } from "../../src/migrate/history/revision.ts";
import { execute } from "../../src/migrate/runtime/executor.ts";
import { stamp } from "../../src/migrate/runtime/stamp.ts";
import { readApplied } from "../../src/migrate/runtime/version-table.ts";
import { count } from "../support/tier.ts";
import {
  down,
  newDatabase,
  options,
  type OwnDatabase,
  tableNames,
  tableRevisions,
  up,
  writeFolder,
} from "../node/migrate/runtime/revisions.ts";

/** Someone who can bring a database up to the last revision of a folder. */
type Migrator = (own: OwnDatabase, folder: string, revisions: readonly ReversibleRevision[]) => Promise<void>;

const migrators: Readonly<Record<"drizzle-orm" | "drizzle-kit" | "eaves", Migrator>> = {
  "drizzle-orm": async ({ url }, folder) => {
    const client = createClient({ url });
    await migrate(drizzle(client), { migrationsFolder: folder });
    client.close();
  },
  "drizzle-kit": async ({ url }, folder) => {
    const config = join(folder, "drizzle.config.json");
    await writeFile(config, JSON.stringify({ dialect: "turso", out: ".", dbCredentials: { url } }));
    const child = spawn(process.execPath, [drizzleKit, "migrate", `--config=${config}`], {
      cwd: folder,
      stdio: "ignore",
    });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`drizzle-kit migrate ended with ${String(code)}`);
  },
  eaves: async ({ database }, _folder, revisions) => {
    const seen = (await readApplied(database)) ?? [];
    const missing = revisions.filter(({ when }) => !seen.some((row) => row.when === when));
    await execute(database, up(...missing), options({ seen }));
  },
};

const drizzleKit = join(dirname(createRequire(import.meta.url).resolve("drizzle-kit")), "bin.cjs");
const names = ["drizzle-orm", "drizzle-kit", "eaves"] as const;
const everything = count({ quick: 0, long: 1 }) === 1;

/** Starting drizzle-kit takes seconds: the quick run starts it where it meets our tool, and on a server only. */
function ordersFor(kind: "server" | "file") {
  const all = names.flatMap((first) => names.map((second) => [first, second] as const));
  const withoutKit = all.filter((order) => !order.includes("drizzle-kit"));
  if (everything) return all;
  return kind === "file" ? withoutKit : [...withoutKit, ["eaves", "drizzle-kit"] as const];
}

describe.each(["server", "file"] as const)("drizzle and eaves on one %s", (kind) => {
  const revisions = tableRevisions(3);
  const folders: string[] = [];
  let last = "";
  let half = "";
  beforeAll(async () => {
    half = await writeFolder(revisions.slice(0, 2));
    last = await writeFolder(revisions);
    folders.push(half, last);
    // drizzle-kit looks for its driver from the folder it runs in.
    for (const folder of folders)
      await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  });
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  it.each(ordersFor(kind))(
    "%s applies, %s goes on, ours takes back, and each applies again",
    async (first, second) => {
      const own = await newDatabase[kind]();
      try {
        await migrators[first](own, half, revisions.slice(0, 2));
        await migrators[second](own, last, revisions);
        const expected = readMigrationFiles({ migrationsFolder: last }).map(
          ({ hash, folderMillis: when }) => ({ hash, when }),
        );
        expect(await readApplied(own.database)).toEqual(expected);
        expect(await tableNames(own.database)).toEqual(["t0", "t1", "t2"]);

        for (const again of [first, second]) {
          const steps = down(...revisions.slice(1).toReversed());
          const result = await execute(own.database, steps, options({ seen: expected }));
          expect(result.executed).toHaveLength(2);
          expect(await tableNames(own.database)).toEqual(["t0"]);
          await migrators[again](own, last, revisions);
          expect(await readApplied(own.database)).toEqual(expected);
          expect(await tableNames(own.database)).toEqual(["t0", "t1", "t2"]);
        }
      } finally {
        await own.remove();
      }
    },
  );

  it("leaves the same version table behind, whoever made it", async () => {
    const makers = names.filter((name) => everything || kind === "server" || name !== "drizzle-kit");
    const texts = await Promise.all(
      makers.map(async (name) => {
        const own = await newDatabase[kind]();
        await migrators[name](own, last, revisions);
        const [rows = []] = await own.database
          .read([
            "SELECT sql FROM sqlite_schema WHERE name = '__drizzle_migrations'",
            "SELECT id, hash, created_at, typeof(created_at) AS type FROM __drizzle_migrations ORDER BY rowid",
          ])
          .then((results) => [results.flat().map((row) => Object.values(row))]);
        await own.remove();
        return rows;
      }),
    );
    for (const other of texts) expect(other).toEqual(texts[0]);
  });

  it("stamps what drizzle then does not apply", async () => {
    const own = await newDatabase[kind]();
    await stamp(own.database, revisions.slice(0, 2), options());
    await migrators["drizzle-orm"](own, last, revisions);
    expect(await tableNames(own.database)).toEqual(["t2"]);
    await own.remove();
  });
});
