// `npm run mutants`: which mutants the tests do not notice. `--quick` tries a fixed few, `--list NAME` one list,
// `--only TEXT` (also several times) those whose file, rule or text holds it, `--from N` leaves out the first ones.
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { lists } from "./lists.ts";
import { chooseMutants, copyProject, type Mutant, type Outcome } from "./runner.ts";

const limitMs = 90_000;
const leastShare = 0.85;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    list: { type: "string" },
    only: { type: "string", multiple: true, default: [""] },
    from: { type: "string", default: "0" },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const named = Object.entries(lists).filter(([name]) => values.list === undefined || name === values.list);
const all = named
  .flatMap(([, mutants]) => mutants)
  .filter((mutant) => values.only.some((text) => describeMutant(mutant).includes(text)))
  .slice(Number(values.from));
const chosen = values.quick ? chooseMutants(all, 8, 20_261_101) : all;
if (chosen.length === 0) throw new Error("No mutant was chosen");

const copy = await copyProject(join(import.meta.dirname, "../../.."));
process.exitCode = 1;
try {
  // Every text is looked up first: a list that no longer fits the code is to be fixed, not measured.
  for (const mutant of all) await copy.broken(mutant, () => Promise.resolve());
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  if ((await copy.test(tests, limitMs * 3, "inherit")) !== true)
    throw new Error("The tests fail on the code as it is");
  say(`${chosen.length} mutants of ${all.length}; the tests pass on the code as it is`);
  const outcomes = new Map<Mutant, Outcome>();
  for (const [index, mutant] of chosen.entries()) {
    const passed = await copy.broken(
      mutant,
      // Twice, so that a machine that was busy for a moment does not count as a test that noticed.
      async () => (await copy.test(mutant.tests, limitMs)) ?? (await copy.test(mutant.tests, limitMs)),
    );
    const outcome: Outcome = passed === undefined ? "timeout" : passed ? "survived" : "killed";
    outcomes.set(mutant, outcome);
    say(
      `${index + 1}/${chosen.length} ${outcome.padEnd(8)} ${mutant.rule.padEnd(8)} ${mutant.file}: ${oneLine(mutant)}`,
    );
  }
  report(outcomes);
} finally {
  await copy.remove();
}

function report(outcomes: ReadonlyMap<Mutant, Outcome>): void {
  const survivors = [...outcomes].filter(([, outcome]) => outcome === "survived").map(([mutant]) => mutant);
  const noticed = outcomes.size - survivors.length;
  const late = [...outcomes.values()].filter((outcome) => outcome === "timeout").length;
  say("");
  for (const mutant of survivors) {
    say(`survived ${mutant.rule} ${mutant.file}: ${oneLine(mutant)}`);
    say(`         ${mutant.survives ?? "no reason is given: a test is missing"}`);
  }
  const share = noticed / outcomes.size;
  say(
    `${noticed} of ${outcomes.size} noticed (${(share * 100).toFixed(1)} %), ${late} of them by running out of time`,
  );
  const explained = survivors.every(({ survives }) => survives !== undefined);
  if (share >= leastShare && explained) process.exitCode = 0;
}

function describeMutant({ file, rule, find, replace }: Mutant): string {
  return `${file} ${rule} ${find} -> ${replace}`;
}

function oneLine({ find, replace }: Mutant): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, 60);
  return `${short(find)} -> ${short(replace) === "" ? "(nothing)" : short(replace)}`;
}
