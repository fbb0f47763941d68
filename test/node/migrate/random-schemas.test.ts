// Any change of any schema can be taken back: structure, rows and counters, on a server and on a file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { assert, asyncProperty, gen } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseDatabaseConfig } from "../../../src/database/config.ts";
import { clearScratch } from "../../../src/migrate/proof/scratch.ts";
import { type Database, openDatabase } from "../../../src/migrate/runtime/connection.ts";
import { type ScratchServer, startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { count, seed } from "../../support/tier.ts";
import { playCase } from "./random/round-trip.ts";
import { chooser } from "./random/schema-generator.ts";

function open(url: string): Database {
  const settings = { runtime: "node", projectFolder: "/nowhere", serverFolder: "/nowhere/server" } as const;
  return openDatabase(parseDatabaseConfig({ DATABASE_URL: url }, settings));
}

let server: ScratchServer;
let folder: string;

beforeAll(async () => {
  server = await startScratchServer();
  folder = await mkdtemp(join(tmpdir(), "eaves-random-"));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("random changes of schemas", () => {
  it.each(["server", "file"] as const)("are taken back on a %s", async (kind) => {
    const database = open(kind === "server" ? server.url : pathToFileURL(join(folder, "random.db")).href);
    const outcomes: string[] = [];
    const property = asyncProperty(gen(), async (generate) => {
      const notes: string[] = [];
      await clearScratch({ ...database, capture: () => Promise.reject(new Error("not needed")) });
      try {
        outcomes.push(await playCase(database, chooser(generate), (text) => notes.push(text)));
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${notes.join("\n")}`, {
          cause: error,
        });
      }
    });
    // Each half of the cases has choices of its own.
    const own = kind === "server" ? seed() : seed() + 1;
    await assert(property, { seed: own, numRuns: count({ quick: 25, long: 300 }), endOnFailure: true });
    database.close();
    // Most are not refused, or the rows in between prove nothing.
    expect(outcomes.filter((outcome) => outcome === "there and back").length).toBeGreaterThan(
      outcomes.length / 2,
    );
  });
});
