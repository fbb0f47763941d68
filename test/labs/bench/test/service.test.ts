// The service benchmark in small: what it says of the stacks as they are, and that it notices those that are not.
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { drawPlots } from "../plots.ts";
import type { Plan } from "../plan.ts";
import { type Results, run } from "../run.ts";
import { renderPage, renderSummary, renderText, type ServiceReport } from "../service-report.ts";
import { serverStacks, stacks, workloadIds } from "../stacks.ts";
import { createRandom } from "../statistics.ts";
import { isFailed, judge, type Judged } from "../targets.ts";

const timing = { warmUpMs: 30, rounds: 4, closedMs: 80, openMs: 0 };
const cell = { connections: 1, delayMs: 0, stacks: serverStacks, timing };
const plan: Plan = {
  cells: [
    { ...cell, workload: "get", connections: 16 },
    { ...cell, workload: "list", timing: { ...timing, rounds: 1 } },
  ],
  overhead: { ...timing, rounds: 1, connections: 1 },
  measuresStartUp: false,
};
const seed = 7;
const planted = (name: string): string => join(import.meta.dirname, `../../bench/workers/planted-${name}.ts`);
const judged = (results: Results): ReadonlyMap<string, Judged> =>
  new Map(judge(results, createRandom(seed)).map((target) => [target.name, target]));
const reportOf = (results: Results): ServiceReport => ({
  machine: "a machine",
  seed,
  results,
  judged: judge(results, createRandom(seed)),
});

describe("run", () => {
  let sound: Results;
  beforeAll(async () => {
    sound = await run({ plan, seed });
  });

  it("asks every stack for everything, and gets the same answers", () => {
    for (const workload of workloadIds) {
      const answers = sound.answers.filter((answer) => answer.workload === workload);
      expect(answers.map(({ stack }) => stack)).toEqual(workload === "transaction" ? serverStacks : stacks);
      expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    }
  });

  it("counts the round trips of every stack, a transaction's as well", () => {
    const trips = sound.answers.filter(({ workload }) => workload === "transaction");
    expect(trips.map(({ roundTrips }) => roundTrips)).toEqual([4, 4, 4, 4]);
  });

  it("meets what does not wobble", () => {
    const counts = [...judged(sound).values()].filter(
      ({ kind, unit }) => kind === "gated" && unit !== "ratio",
    );
    expect(counts.filter(({ verdict }) => verdict !== "met")).toEqual([]);
    expect(counts.length).toBeGreaterThan(10);
  });

  it("is shown as text, as Markdown and as pictures, with all stacks", () => {
    const report = reportOf(sound);
    expect(renderText(report)).toContain("get by id, 16 connections, database 0 ms away\n  raw fetch");
    expect(renderSummary(report, 16)).toMatch(/\| get by id \|(?: \d+<br>– \/ – \|){4} – \|/);
    expect(renderPage(report)).toMatch(/\| d Eaves \| \d+ \| – \|/);
    const throughput = drawPlots(sound, 16)["service-throughput.svg"];
    expect(throughput).toMatch(/^<svg [^]*get by id[^]*Eaves[^]*<\/svg>$/);
  });
});

describe("run over stacks with planted faults", () => {
  it("says which target each of them misses, and fails", async () => {
    const results = await run({
      plan,
      seed,
      started: serverStacks,
      entries: { eaves: planted("twice"), raw: planted("failing") },
    });
    const targets = judged(results);
    expect(targets.get("round trips: get by id")).toMatchObject({ finding: { value: 2 }, verdict: "MISSED" });
    expect(targets.get("errors")?.verdict).toBe("MISSED");
    expect(targets.get("answers that are not those of every stack")?.verdict).toBe("MISSED");
    expect(targets.get("round trips: list of 50")?.verdict).toBe("met");
    const cpu = [...targets.values()].find(({ name }) => /^CPU.*Drizzle.*get by id$/.test(name));
    expect(cpu?.verdict).toBe(process.platform === "linux" ? "MISSED" : "not measured");
    const report = reportOf(results);
    expect(isFailed(report.judged)).toBe(true);
    expect(renderText(report)).toMatch(/^MISSED {8}gated {5}round trips: get by id: 2, at most 1$/m);
    expect(renderText(report)).toContain("ERRORS: status 500 where 200 is expected");
    expect(renderSummary(report, 1)).toMatch(
      /\| round trips: get by id \| ≤ 1 \| 2 \| gated \| \*\*MISSED\*\* \|/,
    );
  });
});
