// What a downgrade would meet in the rows: constraints that refuse them, and values that are newer than the upgrade.
import { isArchiveRule } from "../../planning/archive-upkeep.ts";
import { MigrationError } from "../../errors.ts";
import type { DowngradeStep } from "../../history/planner.ts";
import type { Script } from "../../history/revision.ts";
import type { Database } from "../../runtime/connection.ts";
import { countRows, readNumbers } from "../../runtime/row-counts.ts";
import { readNewerDataQuestions, readRefusalQuestions } from "../revision/script-notes.ts";

/** What was counted; only what is not zero. */
export interface RowHazards {
  /** Rows are named by their keys, never by other values. */
  readonly refused: readonly {
    readonly rule: string;
    readonly rows: number;
    readonly keys: readonly string[];
  }[];
  readonly newer: readonly { readonly object: string; readonly values: number }[];
}

/** Asks the rows what a downgrade script's head says to ask. Questions that the schema cannot answer are left out. */
export async function findRowHazards(database: Database, script: Script): Promise<RowHazards> {
  const refusals = readRefusalQuestions(script);
  const newer = readNewerDataQuestions(script);
  const counts = await askAll(refusals, async (queries) => countRows(database, queries));
  const numbers = await askAll(newer, async (queries) => readNumbers(database, queries));
  return {
    refused: counts.flatMap(([{ subject }, { rows, keys }]) =>
      rows > 0 ? [{ rule: subject, rows, keys }] : [],
    ),
    newer: numbers.flatMap(([{ subject }, values]) => (values > 0 ? [{ object: subject, values }] : [])),
  };
}

/** All at once, and one by one if one of them fails. */
export async function askAll<Question extends { readonly query: string }, Answer>(
  questions: readonly Question[],
  ask: (queries: readonly string[]) => Promise<readonly Answer[]>,
): Promise<(readonly [Question, Answer])[]> {
  try {
    const answers = await ask(questions.map(({ query }) => query));
    return questions.flatMap((question, index) => {
      const answer = answers[index];
      return answer === undefined ? [] : [[question, answer] as const];
    });
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== "STATEMENT_FAILED") throw error;
    if (questions.length <= 1) return [];
    const singly: (readonly [Question, Answer])[] = [];
    for (const question of questions) singly.push(...(await askAll([question], ask)));
    return singly;
  }
}

/** The hazards as sentences. */
export function describeHazards({ refused, newer }: RowHazards): string[] {
  return [
    ...refused.map(({ rule, rows, keys }) => {
      if (isArchiveRule(rule)) return rule;
      const shown = keys.length < rows ? `${keys.join("; ")}; …` : keys.join("; ");
      return `${rule} comes back, and ${rows} ${rows === 1 ? "row breaks" : "rows break"} it: ${shown}`;
    }),
    ...newer.map(({ object, values }) => {
      const what = object.includes(".") ? "value" : "row";
      return `${values} ${what}${values === 1 ? "" : "s"} of ${object} written since the upgrade would be lost`;
    }),
  ];
}

/**
 * Refuses a step for what was counted.
 *
 * @throws {MigrationError} `DOWNGRADE_REFUSED`, or `NEWER_DATA` unless that is accepted.
 */
export function refuseHazards(
  { revision }: DowngradeStep,
  hazards: RowHazards | undefined,
  acceptNewerData: boolean,
): void {
  const { refused, newer } = hazards ?? { refused: [], newer: [] };
  const place = { revision: revision.tag, file: revision.down.script.file };
  if (refused.length > 0) {
    const found = describeHazards({ refused, newer: [] });
    const advice = [
      ...(refused.some(({ rule }) => !isArchiveRule(rule))
        ? ["Change these rows, and downgrade again."]
        : []),
      ...(refused.some(({ rule }) => isArchiveRule(rule))
        ? [
            "The archived values are not given to rows that they may not belong to. To take the revision back without " +
              `them, delete ${place.file} and run \`adopt\`, which writes a downgrade that restores the structure alone; or restore a backup.`,
          ]
        : []),
    ];
    throw new MigrationError(
      "DOWNGRADE_REFUSED",
      `${revision.tag} was not taken back:\n${found.join("\n")}\n${advice.join("\n")}`,
      { place, details: { refused } },
    );
  }
  if (newer.length > 0 && !acceptNewerData) {
    const found = describeHazards({ refused: [], newer });
    throw new MigrationError(
      "NEWER_DATA",
      `${revision.tag} was not taken back:\n${found.join("\n")}\nTo lose that, add --accept newer-data.`,
      { place, details: { newer } },
    );
  }
}
