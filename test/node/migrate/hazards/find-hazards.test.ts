// The rules against cases that were labelled before there were rules, half of which they were written without.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import { findHazards } from "../../../../src/migrate/hazards/find-hazards.ts";
import { allHazardCodes } from "../../../../src/migrate/hazards/hazard-codes.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import type { HazardCase } from "../../../fixtures/hazards/case.ts";
import { seenCases } from "../../../fixtures/hazards/seen-all.ts";
import { unseenCases } from "../../../fixtures/hazards/unseen-all.ts";

interface Score {
  readonly wanted: readonly string[];
  readonly missed: readonly string[];
  readonly false: readonly string[];
}

describe.each([
  { half: "seen", cases: seenCases },
  { half: "unseen", cases: unseenCases },
])("findHazards over the $half half of the labelled cases", ({ half, cases }) => {
  let folder: string;
  let scores: readonly (readonly [HazardCase, Score])[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eaves-hazards-"));
    const scored: (readonly [HazardCase, Score])[] = [];
    for (const [at, each] of cases.entries()) {
      scored.push([each, compare(each, await captureBefore(join(folder, `${at}.db`), each.before))]);
    }
    scores = scored;
    process.stdout.write(`${renderScores(half, scores)}\n`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const all = (part: keyof Score) => scores.flatMap(([, score]) => score[part]);

  it("finds at least 98 of 100 hazards", () => {
    const { length: missed } = all("missed");
    expect(1 - missed / all("wanted").length, all("missed").join("\n")).toBeGreaterThanOrEqual(0.98);
  });

  it("gives at most 2 false alarms in 100 hazards named", () => {
    const { length: alarms } = all("false");
    const named = all("wanted").length - all("missed").length + alarms;
    expect(alarms / named, all("false").join("\n")).toBeLessThanOrEqual(0.02);
  });

  it("is silent about at least 98 of 100 harmless scripts", () => {
    const harmless = scores.filter(([each]) => each.hazards.length === 0);
    const loud = harmless.filter(([, score]) => score.false.length > 0);
    expect(harmless.length).toBeGreaterThan(50);
    expect(loud.length / harmless.length).toBeLessThanOrEqual(0.02);
  });
});

// Ways that no labelled case goes.
describe("findHazards over a table that is copied on another way", () => {
  const before = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT, upper TEXT AS (upper(bio)) VIRTUAL)",
  ];
  const table = "CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT)";
  it.each([
    [
      "its old self renamed aside",
      [
        "ALTER TABLE users RENAME TO old",
        table,
        "INSERT INTO users SELECT id, bio FROM old",
        "DROP TABLE old",
      ],
      ["REBUILDS_TABLE"],
    ],
    [
      "a copy in between",
      [
        "CREATE TABLE kept AS SELECT id, bio FROM users",
        "DROP TABLE users",
        table,
        "INSERT INTO users SELECT id, bio FROM kept",
        "DROP TABLE kept",
      ],
      ["REBUILDS_TABLE"],
    ],
    ["its virtual column dropped", ["ALTER TABLE users DROP COLUMN upper"], []],
    ["its name given to an empty one", ["DROP TABLE users", table], ["DROPS_TABLE"]],
  ])("%s", async (_, statements, codes) => {
    const folder = await mkdtemp(join(tmpdir(), "eaves-hazards-"));
    const capture = await captureBefore(join(folder, "x.db"), before);
    await rm(folder, { recursive: true, force: true });
    const script = statements.join(";\n--> statement-breakpoint\n");
    expect(findHazards([script], capture).map(({ code }) => code)).toEqual(codes);
  });
});

async function captureBefore(file: string, statements: readonly string[]): Promise<Capture> {
  const scope = { runtime: "node", projectFolder: tmpdir(), serverFolder: "/nowhere" } as const;
  const database = openDatabase(parseDatabaseConfig({ DATABASE_URL: `file:${file}` }, scope));
  try {
    if (statements.length > 0) await database.migrate(statements);
    return await readCapture(database);
  } finally {
    database.close();
  }
}

function compare(each: HazardCase, before: Capture): Score {
  const key = ({ code, on, statement }: { code: string; on: string; statement: number }) =>
    `${code} on ${on} at ${statement} of "${each.name}"`;
  const wanted = each.hazards.map(key);
  const found = findHazards([each.script], before).map(key);
  return {
    wanted,
    missed: wanted.filter((one) => !found.includes(one)),
    false: found.filter((one) => !wanted.includes(one)),
  };
}

function renderScores(half: string, scores: readonly (readonly [HazardCase, Score])[]): string {
  const rows = ["", ...allHazardCodes].map((code) => {
    const counts = (["wanted", "missed", "false"] as const).map(
      (part) => scores.flatMap(([, score]) => score[part]).filter((one) => one.startsWith(code)).length,
    );
    return [code === "" ? `all (${half} half, ${scores.length} scripts)` : code, ...counts] as const;
  });
  return [["", "labelled", "missed", "false alarms"], ...rows.slice(1), ...rows.slice(0, 1)]
    .map(
      ([name = "", ...counts]) =>
        `${name.padEnd(40)}${counts.map((count) => String(count).padStart(13)).join("")}`,
    )
    .join("\n");
}
