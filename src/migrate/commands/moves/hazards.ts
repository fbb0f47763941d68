// What pending revisions endanger in a database: their hazards, and what its rows say to each.
import type { Capture } from "../../schema/capture.ts";
import { MigrationError } from "../../errors.ts";
import { findHazards } from "../../hazards/find-hazards.ts";
import type { Hazard } from "../../hazards/hazard.ts";
import { readAllowances } from "../../history/hazard-allowance.ts";
import { describeCode } from "../../hazards/hazard-codes.ts";
import { estimateSeconds, judgeHazard } from "../../hazards/hazard-judgement.ts";
import type { Revision } from "../../history/revision.ts";
import { foldName, quoteName } from "../../sql/sql-tokens.ts";
import type { Database } from "../../runtime/connection.ts";
import { countRows, type RowCount, readNumbers } from "../../runtime/row-counts.ts";
import { describeReport, describeStakes, explainRefusal } from "./hazard-texts.ts";
import type { HazardReport } from "../results.ts";
import { askAll } from "./row-hazards.ts";

/** Finds the hazards of revisions that are to be run one after the other on a database with this schema. */
export async function assessHazards(
  database: Database,
  revisions: readonly Revision[],
  before: Capture,
): Promise<readonly HazardReport[]> {
  // Nothing is in danger there; and a new database gets a long history, which would have to be read.
  if (before.tables.length + before.objects.length === 0) return [];
  const found = findHazards(
    revisions.map(({ up }) => up.text),
    before,
  );
  if (found.length === 0) return [];
  const answers = await askRows(database, found);
  const allowances = revisions.map(({ up }) => readAllowances(up.text).allowances);
  const locks = found.map((hazard) => secondsOf(hazard, answers, before));
  return found.flatMap((hazard, at): HazardReport[] => {
    const revision = revisions[hazard.script];
    if (revision === undefined) return [];
    const { code, on, line, sql } = hazard;
    const allowance = allowances[hazard.script]?.find((candidate) => candidate.code === code);
    const stakes = stakesOf(hazard, answers);
    const { touched, rows, violating } = stakes;
    const verdict = judgeHazard(code, { touched, rows, violating: violating?.rows }, allowance !== undefined);
    const seconds = locks[at] ?? null;
    const together = sum(locks.filter((_, other) => found[other]?.script === hazard.script));
    return [
      {
        code,
        revision: revision.tag,
        file: revision.up.file,
        line,
        statement: sql,
        on,
        verdict,
        reason: verdict === "allowed" ? (allowance?.reason ?? null) : null,
        rows: touched ?? null,
        violating: violating ?? null,
        seconds,
        message: describeStakes(code, on, { ...stakes, seconds, together }),
      },
    ];
  });
}

/**
 * Refuses revisions for their hazards, all at once.
 *
 * @throws {MigrationError} `HAZARD_REFUSED`; nothing has been touched.
 */
export function refuseHazards(hazards: readonly HazardReport[], remaining: readonly string[]): void {
  const refused = hazards.filter(({ verdict }) => verdict === "refused");
  const [first] = refused;
  if (first === undefined) return;
  const { revision, file, line } = first;
  throw new MigrationError("HAZARD_REFUSED", explainRefusal(refused), {
    place: { revision, file, line },
    details: { hazards, executed: [], remaining },
  });
}

/** What a person at the terminal wants to know of an upgrade that runs. */
export function listWarnings(hazards: readonly HazardReport[]): string[] {
  return hazards.filter(({ verdict }) => verdict !== "clear").map(describeReport);
}

interface Answers {
  /** By query. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly violating: ReadonlyMap<string, RowCount>;
}

/** Each question once; those that the schema cannot answer have no answer. */
async function askRows(database: Database, hazards: readonly Hazard[]): Promise<Answers> {
  const questions = (queries: readonly (string | undefined)[]) =>
    [...new Set(queries)].flatMap((query) => (query === undefined ? [] : [{ query }]));
  const counts = questions(
    hazards.flatMap(({ stake }) => (stake ? [stake.rows, countAll(stake.table)] : [])),
  );
  const keys = questions(hazards.map(({ stake }) => stake?.violating));
  const numbers = await askAll(counts, (queries) => readNumbers(database, queries));
  const violating = await askAll(keys, (queries) => countRows(database, queries));
  return {
    numbers: new Map(numbers.map(([{ query }, number]) => [query, number])),
    violating: new Map(violating.map(([{ query }, count]) => [query, count])),
  };
}

function stakesOf({ stake }: Hazard, { numbers, violating }: Answers) {
  if (stake === undefined) return { touched: undefined, rows: undefined, violating: undefined };
  return {
    touched: numbers.get(stake.rows),
    rows: numbers.get(countAll(stake.table)),
    violating: stake.violating === undefined ? undefined : violating.get(stake.violating),
  };
}

function countAll(table: string): string {
  return `SELECT count(*) FROM ${quoteName(table)}`;
}

function secondsOf(hazard: Hazard, answers: Answers, before: Capture): number | undefined {
  const { rows } = stakesOf(hazard, answers);
  const isLock = describeCode(hazard.code).groups.includes("long lock");
  return isLock && rows !== undefined ? estimateSeconds(rows, passesOf(hazard, before)) : undefined;
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}

/** A rebuild copies the table and builds its indexes anew. */
function passesOf({ code, stake }: Hazard, { objects }: Capture): number {
  if (code !== "REBUILDS_TABLE" || stake === undefined) return 1;
  const isOwn = (table: string) => foldName(table) === foldName(stake.table);
  return 1 + objects.filter(({ kind, table }) => kind === "index" && isOwn(table)).length;
}
