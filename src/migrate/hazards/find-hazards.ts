// Names what is dangerous in upgrade scripts, statement by statement, judged by the schema that they begin with.
import { addHazards, alterHazards, columnHazards, indexHazards, renameHazards } from "./alter-hazards.ts";
import type { Capture } from "../schema/capture.ts";
import type { TableMoment } from "../statements/followed-table.ts";
import type { FoundHazard, Hazard, Stake } from "./hazard.ts";
import type { Ground } from "./hazard-ground.ts";
import { allRows } from "./hazard-questions.ts";
import { rebuildHazards } from "./rebuild-hazards.ts";
import { type ChunkStatement, readStatements } from "../history/script-text.ts";
import { type Followed, followScript, type Step } from "../statements/script-tables.ts";
import { foldName, quoteName, significant, tokenize } from "../sql/sql-tokens.ts";
import { findRefusal, isTransactionStatement, switchesForeignKeys } from "../sql/statement-rules.ts";
import { type Lineage, lineageOf, traceLineages } from "../statements/table-lineage.ts";

interface Place {
  readonly script: number;
  readonly statement: number;
  readonly line: number;
  readonly chunk: number;
  readonly sql: string;
}

/**
 * Finds the hazards of scripts that run one after the other. What one of them makes is at no risk in the next: only what
 * is in the schema before counts.
 */
export function findHazards(texts: readonly string[], before: Capture): Hazard[] {
  const places = texts.flatMap((text, script) =>
    readStatements(text).map((read: ChunkStatement, at): Place => ({ ...read, script, statement: at + 1 })),
  );
  const refused = places.map((place) => refusal(place.sql));
  const followed = followScript(
    places.map(({ sql }) => sql),
    before,
  );
  const view = { followed, lineages: traceLineages(followed), before };
  const changes = new Map(followed.steps.map((step) => [step.at, stepHazards(step, view)]));
  return places.flatMap((place, at) => {
    // A refused statement has no other hazard.
    const found = [
      ...severalStatements(place, places),
      ...(refused[at] === undefined ? (changes.get(at) ?? []) : [refused[at]]),
    ];
    const { chunk: _chunk, ...where } = place;
    return found.map((hazard) => ({ ...hazard, ...where }));
  });
}

function refusal(sql: string): FoundHazard | undefined {
  if (isTransactionStatement(sql)) {
    return { code: "TRANSACTION_STATEMENT", on: firstWords(sql), stake: undefined };
  }
  if (switchesForeignKeys(sql) || findRefusal(sql) === undefined) return undefined;
  return { code: "REFUSED_BY_SERVER", on: firstWords(sql), stake: undefined };
}

function severalStatements(place: Place, places: readonly Place[]): FoundHazard[] {
  const together = places.filter(({ script, chunk }) => script === place.script && chunk === place.chunk);
  if (together.length < 2 || together[0] !== place) return [];
  return [{ code: "SEVERAL_STATEMENTS", on: firstWords(place.sql), stake: undefined }];
}

/** The one or two words that a statement begins with. */
function firstWords(sql: string): string {
  const [first, second] = significant(tokenize(sql));
  return [first, second]
    .flatMap((word) => (word !== undefined && /^\w+$/.test(word.text) ? [word.text] : []))
    .join(" ");
}

interface View {
  readonly followed: Followed;
  readonly lineages: readonly Lineage[];
  readonly before: Capture;
}

function stepHazards(step: Step, view: View): FoundHazard[] {
  const { act, at } = step;
  const rebuilds = view.lineages.flatMap((lineage) =>
    lineage.stages.flatMap(({ rebuild }) => {
      if (rebuild?.copy.at !== at) return [];
      return rebuildHazards(groundOf(step, lineage, view, rebuild.copy), rebuild);
    }),
  );
  if (rebuilds.length > 0) return rebuilds;
  if (act.kind === "drop" && act.object === "view") return viewHazards(step, act.name, view);
  const lineage = lineageOf(view.lineages, step.table, at);
  if (lineage === undefined || step.moment === undefined) return [];
  return tableHazards(step, step.moment, groundOf(step, lineage, view));
}

function groundOf(step: Step, lineage: Lineage, view: View, copying?: Ground["copying"]): Ground {
  const isWritten = view.followed.steps.some(
    ({ at, act, table }) =>
      at < step.at &&
      ["insert", "update", "delete"].includes(act.kind) &&
      table !== undefined &&
      (lineageOf([lineage], table, at) !== undefined || isConverting(view, lineage, at)),
  );
  const { tables: named } = step;
  const { lineages, before, followed } = view;
  return { lineage, lineages, before, tables: followed.tables, named, copying, isWritten };
}

/** Whether a statement is a copy that hands on other values than it reads. */
function isConverting({ followed }: View, lineage: Lineage, at: number): boolean {
  const copy = followed.copies.find((candidate) => candidate.at === at);
  if (copy === undefined || !lineage.stages.some(({ table }) => table === copy.into)) return false;
  return copy.values === undefined || [...copy.values.values()].some(({ converted }) => converted);
}

function viewHazards(step: Step, name: string, { followed }: View): FoundHazard[] {
  const again = followed.steps.some(
    ({ at, act }) => at > step.at && act.kind === "drop" && act.object === "view" && isNamed(act.name, name),
  );
  if (step.spelled === undefined || again || followed.views.has(foldName(name))) return [];
  return [{ code: "DROPS_VIEW", on: step.spelled, stake: undefined }];
}

function isNamed(a: string, b: string): boolean {
  return foldName(a) === foldName(b);
}

function tableHazards(step: Step, moment: TableMoment, ground: Ground): FoundHazard[] {
  const { act, at, table } = step;
  const { definition: before } = ground.lineage.before;
  const on = moment.definition.name;
  if (act.kind === "drop") {
    const isLast = ground.lineage.stages.at(-1)?.table === table;
    return isLast ? [{ code: "DROPS_TABLE", on, stake: allRows(before) }] : [];
  }
  if (act.kind === "rename-table") return renameHazards(ground, at, moment, act.to);
  if (act.kind === "rename-column" || act.kind === "drop-column") return columnHazards(ground, moment, act);
  if (act.kind === "add-column") return addHazards(ground, moment, act);
  if (act.kind === "alter-column") return alterHazards(ground, moment, act);
  if (act.kind === "create-index") return indexHazards(ground, { at, sql: step.sql, moment, name: act.name });
  if (act.kind === "delete") return [{ code: "DELETES_ROWS", on, stake: deleted(ground, on, act.count) }];
  const replaces = (act.kind === "insert" || act.kind === "update") && act.replaces;
  return replaces ? [{ code: "DELETES_ROWS", on, stake: allRows(before) }] : [];
}

/** The statement as a question, if the table is still what it was. */
function deleted({ lineage, isWritten }: Ground, name: string, condition: string | undefined): Stake {
  const { definition } = lineage.before;
  const stake = allRows(definition);
  const isSame = definition.name === name && lineage.stages.length === 1;
  if (!isSame || isWritten || condition === undefined) return stake;
  return { ...stake, rows: `SELECT count(*) FROM ${quoteName(name)} ${condition}` };
}
