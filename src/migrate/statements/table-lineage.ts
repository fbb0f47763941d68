// Which table goes on as which: a table of before through its renames and rebuilds, to its end.
import { joinValues, type TableMoment } from "./followed-table.ts";
import type { Copy, Followed, FollowedTable } from "./script-tables.ts";
import { sameName } from "../sql/sql-tokens.ts";

/** A table that a lineage is in, behind the statement `from`. */
export interface Stage {
  readonly table: FollowedTable;
  readonly from: number;
  /** What made it the next stage; undefined for the table of before. */
  readonly rebuild: Rebuild | undefined;
}

/** A copy of all rows into a table that then takes the name of the old one. */
export interface Rebuild {
  readonly copy: Copy;
  /** The name that the two have, one after the other. */
  readonly name: string;
  /** The statement that gave it to the new one. */
  readonly taken: number;
}

/** A table of before on its way. */
export interface Lineage {
  readonly before: TableMoment;
  readonly stages: readonly Stage[];
}

/** The lineages of all tables of before. */
export function traceLineages(followed: Followed): Lineage[] {
  return followed.tables.flatMap((table) => {
    const { before } = table;
    if (before === undefined) return [];
    const stages: Stage[] = [{ table, from: -1, rebuild: undefined }];
    for (let next = nextStage(followed, stages); next !== undefined; next = nextStage(followed, stages)) {
      stages.push(next);
    }
    return [{ before, stages }];
  });
}

/** The table that takes the name of the last stage and has its rows; the first one to do so. */
function nextStage({ tables, copies }: Followed, stages: readonly Stage[]): Stage | undefined {
  const last = stages.at(-1);
  if (last === undefined) return undefined;
  const found = tables.flatMap((table): Stage[] => {
    if (table.before !== undefined || stages.some((stage) => stage.table === table)) return [];
    const taken = takenName(table, last.table);
    const copy = copies.find(({ at, into, sources }) => into === table && comesFrom(at, sources));
    if (taken === undefined || copy === undefined) return [];
    // In several parts, each leaves out what the others have.
    const isOne =
      copies.filter(({ at, into, sources }) => into === table && comesFrom(at, sources)).length === 1;
    const whole = fromFirst(copy, last.table, copies);
    const rebuild = { copy: isOne ? whole : { ...whole, leavesOut: false }, ...taken };
    return [{ table, from: copy.at, rebuild }];
  });
  return found.toSorted((a, b) => (a.rebuild?.taken ?? 0) - (b.rebuild?.taken ?? 0))[0];

  function comesFrom(at: number, sources: readonly FollowedTable[]): boolean {
    return sources.some(
      (source) =>
        source === last?.table ||
        copies.some((copy) => copy.at < at && copy.into === source && comesFrom(copy.at, copy.sources)),
    );
  }
}

/** A copy as if it were made from the first table of the chain that its rows were carried through. */
function fromFirst(copy: Copy, first: FollowedTable, copies: readonly Copy[]): Copy {
  if (copy.sources.includes(first)) return copy;
  const earlier = copies.findLast(({ at, into }) => at < copy.at && copy.sources.includes(into));
  if (earlier === undefined) return copy;
  const { origin, values, leavesOut, sources } = fromFirst(earlier, first, copies);
  const isLess = copy.leavesOut || leavesOut;
  return { ...copy, origin, sources, leavesOut: isLess, values: joinValues(copy.values, values) };
}

/** The name that one table had first, and the other one has later. */
function takenName(table: FollowedTable, from: FollowedTable): Omit<Rebuild, "copy"> | undefined {
  for (const entry of table.names) {
    const held = from.names.find(({ from: since, name }) => since < entry.from && sameName(name, entry.name));
    if (held !== undefined) return { name: held.name, taken: entry.from };
  }
  return undefined;
}

/** The stage that a lineage is in when a statement begins; the one that is copied from is in it to the end of the copy. */
export function stageAt({ stages }: Lineage, at: number): Stage | undefined {
  return stages.findLast(({ from }) => from < at);
}

/** The lineage that a table is in when a statement begins. */
export function lineageOf(
  lineages: readonly Lineage[],
  table: FollowedTable | undefined,
  at: number,
): Lineage | undefined {
  return lineages.find((lineage) => stageAt(lineage, at)?.table === table);
}

/** Whether a table was rebuilt before a statement. */
export function isRebuiltBefore({ stages }: Lineage, at: number): boolean {
  return stages.some(({ rebuild, from }) => rebuild !== undefined && from < at);
}

/** Whether a lineage has a name again behind a statement. */
export function hasNameAfter({ stages }: Lineage, name: string, at: number): boolean {
  return stages.some(({ table, rebuild }) =>
    table.names.some(
      (entry) => entry.from > at && entry.from >= (rebuild?.taken ?? -1) && sameName(entry.name, name),
    ),
  );
}
