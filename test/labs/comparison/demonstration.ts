// Springs each trap on both stacks at once and shows what came of it, side by side.
import { type Stack, withStage } from "./stage.ts";
import { type Outcome, type Trap, traps } from "./traps.ts";

const stacks: Readonly<Record<Stack, string>> = { naive: "plain", eaves: "Eaves" };

/** What both did in one trap. */
export type Comparison = Readonly<Record<Stack, Outcome>>;

/** Springs a trap on both, each over a Worker and a database of its own. */
export async function compare(trap: Trap, signal: AbortSignal): Promise<Comparison> {
  const [naive, eaves] = await Promise.all([
    withStage("naive", signal, (stage) => trap.spring(stage)),
    withStage("eaves", signal, (stage) => trap.spring(stage)),
  ]);
  return { naive, eaves };
}

/**
 * Shows all traps.
 *
 * @returns whether each one was seen: plain caught in it, and Eaves not.
 */
export async function demonstrate(print: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  print(
    "plain: Hono, Drizzle and @libsql/client as tutorials show them; Eaves: the same handlers, its session.",
  );
  print(
    "Each is a Worker in workerd over a libSQL server of its own: test/labs/comparison/workers has the code of both.",
  );
  const results: (readonly [trap: Trap, comparison: Comparison])[] = [];
  for (const [index, trap] of traps.entries()) {
    print(`\n== ${index + 1}. ${trap.title}\n${trap.story}`);
    const comparison = await compare(trap, signal);
    showComparison(comparison, print);
    results.push([trap, comparison]);
  }
  print("");
  for (const line of summarize(results)) print(line);
  return results.every(([, comparison]) => isSeen(comparison));
}

/** What was done, and below it what came of it for each. */
function showComparison({ naive, eaves }: Comparison, print: (line: string) => void): void {
  for (const [index, [what, said]] of naive.seen.entries()) {
    print(`\n  ${what}`);
    showOutcome(stacks.naive, said, print);
    showOutcome(stacks.eaves, eaves.seen[index]?.[1] ?? "", print);
  }
}

function showOutcome(name: string, said: string, print: (line: string) => void): void {
  const [first = "", ...rest] = said.split("\n");
  print(`    ${name}  ${first}`);
  for (const line of rest) print(`    ${" ".repeat(name.length)}  ${line}`);
}

/** The table at the end; a trap that was not seen this time is named. */
export function summarize(results: readonly (readonly [Trap, Comparison])[]): readonly string[] {
  const width = Math.max(...results.map(([{ question }]) => question.length));
  return [
    `${" ".repeat(width)}  ${stacks.naive}   ${stacks.eaves}`,
    ...results.map(([{ question }, comparison]) => {
      const { naive, eaves } = comparison;
      const verdict = isSeen(comparison) ? "" : "   NOT AS EXPECTED";
      return `${question.padEnd(width)}  ${naive.summary.padEnd(6)}  ${eaves.summary.padEnd(6)}${verdict}`.trimEnd();
    }),
  ];
}

function isSeen({ naive, eaves }: Comparison): boolean {
  return naive.caught && !eaves.caught;
}
