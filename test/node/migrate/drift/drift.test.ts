// Drifts by a seed, each found in the objects that were touched; and none in what drizzle-kit itself has made.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { sample, shuffledSubarray } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkProject, upgrade } from "../../../../src/migrate/index.ts";
import { replayRevisions } from "../../../../src/migrate/proof/replay.ts";
import { findSnapshotGaps } from "../../../../src/migrate/planning/model-gaps.ts";
import { parseTag } from "../../../../src/migrate/history/revision.ts";
import { buildScript } from "../../../../src/migrate/history/script-text.ts";
import { compareSchemas } from "../../../../src/migrate/commands/check/schema-check.ts";
import { checksumOf } from "../../../../src/migrate/folder/checksum.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import { count, seed, isLong } from "../../../support/tier.ts";
import { createProject, type TestProject, writeHistory } from "../commands/project.ts";
import { openPlace, type Place } from "../matrix/place.ts";
import { compareStructures, readStructure } from "../matrix/structure.ts";
import { expectedStructure, prepareChange } from "../matrix/trial.ts";
import { creates } from "./base-schema.ts";
import { allDrifts, type Drift } from "./drifts.ts";

const breakpoint = "\n--> statement-breakpoint\n";
const seeded: readonly Drift[] = sample(
  shuffledSubarray([...allDrifts()], { minLength: 50, maxLength: 50 }),
  {
    seed: seed(),
    numRuns: 1,
  },
).flat();

let place: Place;
beforeAll(async () => {
  place = await openPlace("server");
});
afterAll(() => place.close());

async function startProject(): Promise<TestProject> {
  await place.clear();
  const project = await createProject(place.url);
  await writeHistory(project, [{ tag: "0000_all", up: creates.join(breakpoint), down: "SELECT 1;" }]);
  await project.write("schema.ts", "export {};\n");
  await upgrade(project.context);
  return project;
}

describe("what was changed by hand", () => {
  let found = 0;

  it.each(seeded)("is found: $what", async ({ objects, statements }) => {
    await using project = await startProject();
    const before = await readCapture(place.database);
    await place.database.migrate(statements);
    const differences = compareSchemas(before, await readCapture(place.database));
    expect(differences.map(({ object }) => object).toSorted()).toEqual(objects.toSorted());
    await writeHistory(project, [
      { tag: "0000_all", up: creates.join(breakpoint), down: "SELECT 1;" },
      { tag: "0001_next", up: "SELECT 1;", down: "SELECT 1;" },
    ]);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
      details: { differences },
    });
    found += 1;
  });

  it.each(seeded.slice(0, count({ quick: 2, long: 50 })))(
    "is reported by check: $what",
    async ({ objects, statements }) => {
      await using project = await startProject();
      await place.database.migrate(statements);
      const { findings } = await checkProject(project.context);
      const drifted = findings.filter(({ code }) => code === "SCHEMA_DRIFTED");
      expect(drifted.map(({ object }) => object).toSorted()).toEqual(objects.toSorted());
      for (const { fix } of drifted) expect(fix).toMatch(/^revision --from-database -m TEXT/);
    },
  );

  it("is found in 50 of 50", () => {
    expect(found).toBe(50);
  });
});

describe("a history that drizzle-kit has generated", () => {
  const dialects = ["sqlite", "turso"] as const;
  const told: string[] = [];
  const changes = allChanges.filter((_, at) => at % count({ quick: 8, long: 1 }) === 0);

  it.each(changes)("is no drift: $name", async (change) => {
    const prepared = await prepareChange(change);
    for (const dialect of dialects) {
      const texts = [prepared.creates, prepared.drizzle[dialect].up].map((statements) =>
        statements.length === 0 ? "SELECT 1;" : statements.join(breakpoint),
      );
      const applied = await applyByDrizzle(texts);
      const live = await readCapture(place.database);
      const structure = await readStructure(place.read);
      // What a snapshot has and the revisions do not make is told, and only where it is so.
      const gaps = applied === 2 ? findSnapshotGaps(prepared.next, live) : [];
      const faults = compareStructures(await expectedStructure(place, prepared), structure, false);
      if (gaps.length > 0) expect(faults).not.toEqual([]);
      told.push(...gaps.map(() => change.name));
      await place.clear();
      const ground = {
        port: { ...place.database, capture: () => readCapture(place.database) },
        kind: "server",
      } as const;
      const revisions = texts.slice(0, applied).map((text, at) => ({
        tag: parseTag(`000${at}_change`),
        up: buildScript(`000${at}_change.sql`, text, checksumOf(text)),
      }));
      const replayed = await replayRevisions(ground, revisions);
      expect(compareSchemas(replayed, live)).toEqual([]);
    }
  });

  it.runIf(isLong())("is told where it lacks what its snapshot says", () => {
    expect(told).toContain("add column references onDelete cascade");
    expect(told).toContain("add column generated stored");
    expect(new Set(told).size).toBe(10);
  });
});

/** Applies revisions with drizzle's own migrator; says how many of them ran, since drizzle-kit's SQL does not always. */
async function applyByDrizzle(texts: readonly string[]): Promise<number> {
  await place.clear();
  const folder = await mkdtemp(join(tmpdir(), "eaves-drift-"));
  const client = createClient({ url: place.url });
  try {
    await mkdir(join(folder, "meta"));
    for (const [at, text] of texts.entries()) {
      await writeFile(join(folder, `000${at}_change.sql`), text);
      const entries = texts.slice(0, at + 1).map((_, idx) => ({
        idx,
        version: "6",
        when: 1000 + idx,
        tag: `000${idx}_change`,
        breakpoints: true,
      }));
      await writeFile(
        join(folder, "meta/_journal.json"),
        JSON.stringify({ version: "7", dialect: "sqlite", entries }),
      );
      try {
        await migrate(drizzle(client), { migrationsFolder: folder });
      } catch {
        return at;
      }
    }
    return texts.length;
  } finally {
    client.close();
    await rm(folder, { recursive: true, force: true });
  }
}
