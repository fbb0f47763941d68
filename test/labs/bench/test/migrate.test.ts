// The benchmark of the migration tools: that it measures the work and not the lack of it, and hides no miss.
// Real tools and real databases, over a history of four revisions.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Machine } from "../machine.ts";
import { measureLife, type Measured } from "../migrate/life.ts";
import {
  type BenchDatabase,
  type BenchProject,
  copyWithoutDowngrades,
  createProject,
  downgradeFile,
  openDatabase,
} from "../migrate/projects.ts";
import { judge, renderLine, renderMarkdown, renderNotes, renderVerdict } from "../migrate/report.ts";
import { writeReport } from "../migrate/files.ts";
import {
  type Absence,
  findOffers,
  isAbsent,
  type Job,
  offerOf,
  type Offers,
  run,
  type Tool,
  withoutAny,
} from "../migrate/tools.ts";
import { checkWork, forgetRevisions } from "../migrate/work.ts";
import { createRandom } from "../statistics.ts";
import { isLong } from "../../../support/tier.ts";

const none: Absence = { absent: "none", why: "it is not asked" };
const nothing = (offers: Offers["eaves"]): Offers["eaves"] => ({ ...offers, upgrade: ["true"] });

describe("what is measured", () => {
  let project: BenchProject;
  let offers: Offers;
  beforeAll(async () => {
    project = await createProject(4);
    // Alembic is compared where it is installed: what is tested here must not depend on that.
    offers = { ...findOffers(), alembic: withoutAny(none) };
  });
  afterAll(() => project.remove());

  it.runIf(isLong())("lives every job of every tool, each with a time for each round", async () => {
    const life = { project, place: "file", offers, rounds: 1, random: createRandom(1) } as const;
    const lived = await measureLife(life);
    expect(lived.map(({ job }) => job)).toEqual([
      "upgrade",
      "current",
      "check",
      "revision",
      "stamp",
      "adopt",
      "downgrade",
    ]);
    for (const { taken } of lived) {
      expect(taken.eaves).toEqual([expect.any(Number)]);
      expect(taken.alembic).toEqual(none);
    }
    const byKit = lived.filter(({ taken }) => !("absent" in taken["drizzle-kit"]));
    expect(byKit.map(({ job }) => job)).toEqual(["upgrade", "current", "check", "revision"]);
  });

  it.each(["eaves", "drizzle-kit"] as const)("refuses to measure a %s that does nothing", async (tool) => {
    const idle = { ...offers, [tool]: nothing(offers[tool]) };
    const life = { project, place: "file", offers: idle, rounds: 1, random: createRandom(1) } as const;
    await expect(measureLife({ ...life, jobs: ["upgrade"] })).rejects.toThrow(
      `${tool} did not do its upgrade, and is not measured`,
    );
  });

  it("refuses to measure a tool that fails", async () => {
    const failing = { ...offers, eaves: { ...offers.eaves, upgrade: ["false"] } };
    const life = { project, place: "file", offers: failing, rounds: 1, random: createRandom(1) } as const;
    await expect(measureLife({ ...life, jobs: ["upgrade"] })).rejects.toThrow("`false` failed");
  });
});

describe("checkWork", () => {
  let project: BenchProject;
  let database: BenchDatabase;
  const offers = findOffers();
  beforeAll(async () => {
    project = await createProject(4);
    database = await openDatabase("file");
  });
  afterAll(async () => {
    await database.remove();
    await project.remove();
  });

  const doWork = async (job: Job, command = offerOf(offers, "eaves", job, "file")): Promise<string> => {
    if (isAbsent(command)) throw new TypeError("Eaves has every job");
    return (await run(command, project.folder, database.url)).output;
  };
  const check = (job: Job, output = "", tool: Tool = "eaves"): Promise<void> =>
    checkWork({ tool, job, project, database, output });

  it("finds an upgrade in the database, and no less than a whole one", async () => {
    await expect(check("upgrade")).rejects.toThrow(`"tables":0`);
    const [program = "", main = ""] = offers.eaves.upgrade as readonly string[];
    await doWork("upgrade", [program, main, "upgrade", "+3"]);
    await expect(check("upgrade")).rejects.toThrow(`"3 to 1700000000002"`);
    await doWork("upgrade");
    await check("upgrade");
    await check("upgrade", "", "drizzle-kit");
    await expect(check("upgrade", "", "alembic")).rejects.toThrow("alembic did not do its upgrade");
  });

  it("finds what only the output shows", async () => {
    await check("current", await doWork("current"));
    await expect(check("current", "base")).rejects.toThrow("0003_create_table_1 (head)");
    await expect(check("check", "SCHEMA_DRIFTED")).rejects.toThrow("did not do its check");
  });

  it("finds a stamp in a database whose revisions were forgotten", async () => {
    await forgetRevisions(database);
    await expect(check("stamp")).rejects.toThrow("eaves did not do its stamp");
    await doWork("stamp");
    await check("stamp");
  });

  it("finds the downgrades that adopt has written, and a downgrade with nothing left", async () => {
    await expect(check("downgrade")).rejects.toThrow(`"tables":2`);
    await doWork("downgrade");
    await check("downgrade");
    const copy = await copyWithoutDowngrades(project);
    try {
      const work = { tool: "eaves", job: "adopt", database, output: "" } as const;
      await expect(checkWork({ ...work, project: copy })).rejects.toThrow(`{"proven":0}`);
      const [program = "", main = ""] = offers.eaves.adopt as readonly string[];
      await run([program, main, "adopt"], copy.folder, database.url);
      await checkWork({ ...work, project: copy });
      // The history is measured with the scripts that the tool itself would have written.
      for (let index = 0; index < copy.length; index++) {
        const written = await readFile(join(copy.folder, downgradeFile(index)), "utf8");
        const own = await readFile(join(project.folder, downgradeFile(index)), "utf8");
        expect(withoutVersion(written)).toBe(withoutVersion(own));
      }
    } finally {
      await copy.remove();
    }
  });

  it("finds no new revision where none was written", async () => {
    await expect(check("revision")).rejects.toThrow(`{"up":false,"down":false}`);
  });
});

const withoutVersion = (text: string): string => text.replaceAll(/on sqld .*|on a file.*/gu, "");

const machine: Machine = {
  platform: "linux x64",
  cores: 2,
  processor: "a processor",
  load: 0.5,
  node: "v26.10.0",
  tools: { "drizzle-kit": "0.31.11" },
  date: "2026-11-01T00:00:00.000Z",
  command: "npm run bench:migrate",
};

/** Measured with these times. */
function measured(job: Job, own: readonly number[], kit: readonly number[] | Absence): Measured {
  const skipped = { absent: "skipped", why: "not installed" } as const;
  return { job, length: 20, place: "file", taken: { eaves: own, "drizzle-kit": kit, alembic: skipped } };
}

describe("the report", () => {
  const slow = judge(measured("upgrade", [110, 101, 90], [100, 90, 110]), createRandom(1));
  const fast = judge(measured("current", [50, 50, 50], [100, 100, 100]), createRandom(1));
  const alone = judge(measured("downgrade", [50], none), createRandom(1));

  it("holds a median to its target, and gives the bounds of the ratio", () => {
    expect(slow).toMatchObject({ median: 101, isMet: false });
    expect(slow.others[0]).toMatchObject({ tool: "drizzle-kit", median: 100, ratio: 1.01, isMet: false });
    expect(fast.others[0]).toMatchObject({ ratio: 0.5, low: 0.5, high: 0.5, isMet: true });
    expect(alone).toMatchObject({ isMet: true, target: "none: nobody else has it" });
  });

  it("allows what runs drizzle-kit itself a second more, and no more", () => {
    const row = (took: number) => judge(measured("revision", [took], [500]), createRandom(1));
    expect(row(1500).isMet).toBe(true);
    expect(row(1501).isMet).toBe(false);
  });

  it("marks a miss in the line, at the end and on the page", () => {
    const rows = [slow, fast];
    expect(renderLine(slow)).toMatch(/ MISSED$/u);
    expect(renderLine(fast)).not.toContain("MISSED");
    expect(renderVerdict(rows)).toBe("MISSED: upgrade, 20 revisions, file.");
    const page = renderMarkdown({ machine, rounds: 3, seed: 7, rows });
    expect(page).toMatch(/^\| upgrade \|.*\*\*MISSED\*\* \|$/mu);
    expect(page).toContain("MISSED: upgrade, 20 revisions, file.");
    expect(page).toContain("`npm run bench:migrate`, 2026-11-01, linux x64, 2 cores");
    expect(page).toContain("Medians of 3 rounds (seed 7)");
    expect(renderVerdict([fast])).toBe("All targets are met.");
  });

  it("leaves no hole where a tool has no such command, or is not there", () => {
    expect(renderLine(alone)).toContain("drizzle-kit none");
    expect(renderLine(alone)).toContain("alembic skipped");
    expect(renderNotes([alone])).toEqual([
      "drizzle-kit none: it is not asked (downgrade)",
      "alembic skipped: not installed (downgrade)",
    ]);
    expect(renderMarkdown({ machine, rounds: 3, seed: 7, rows: [alone] })).toMatch(
      /^\| downgrade \|.*\| none \| skipped \|/mu,
    );
  });

  it("writes page and numbers, with what is missed in both", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
    try {
      await writeReport(join(folder, "bench"), { machine, rounds: 3, seed: 1, rows: [slow, fast] });
      const numbers: unknown = JSON.parse(await readFile(join(folder, "bench/migrate.json"), "utf8"));
      expect(numbers).toMatchObject({
        machine,
        seed: 1,
        missed: ["upgrade, 20 revisions, file"],
        rows: [{ taken: { eaves: [110, 101, 90] }, isMet: false }, { isMet: true }],
      });
      expect(await readFile(join(folder, "bench/migrate.md"), "utf8")).toContain("**MISSED**");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
