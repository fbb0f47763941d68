// What the copy of a rebuild means: the table as it was against the one that takes its place.
import { affinityOf } from "../sql/affinity.ts";
import { continued, traceCopy, traceOf } from "../statements/followed-table.ts";
import type { FoundHazard } from "./hazard.ts";
import { type Ground, onColumns, stakeOf } from "./hazard-ground.ts";
import { allRows, misfit, rowsAgainst, rowsWhere } from "./hazard-questions.ts";
import { foreignKeyHazards } from "./foreign-key-hazards.ts";
import { foldName, quoteName, sameName } from "../sql/sql-tokens.ts";
import { describeExpression, dropQualifiers, mentions, renameColumnsIn } from "../sql/table-compare.ts";
import {
  type ColumnDefinition,
  isRequired,
  isRowidAlias,
  type TableDefinition,
} from "../sql/table-definition.ts";
import type { Rebuild } from "../statements/table-lineage.ts";
import { isIdle, keysOf, uniquenessBefore, wasUnique } from "./uniqueness.ts";

/** A column of the new table with the one of the old table that it goes on from. */
interface ColumnPair {
  readonly to: ColumnDefinition;
  readonly from: ColumnDefinition | undefined;
}

/** All hazards of a rebuild. */
export function rebuildHazards(ground: Ground, rebuild: Rebuild): FoundHazard[] {
  const { copy, name } = rebuild;
  const { before } = ground.lineage;
  const pairs = copy.target.definition.columns.map((to): ColumnPair => ({
    to,
    from: continued(copy, to.name),
  }));
  const whole = allRows(before.definition);
  return [
    ...dropped(ground, rebuild, pairs),
    ...pairs.flatMap((pair) => [...renamed(rebuild, pair), ...changed(ground, rebuild, pair)]),
    ...unique(ground, rebuild),
    ...checks(ground, rebuild, pairs),
    ...foreignKeyHazards(ground, {
      name,
      from: copy.origin,
      to: traceCopy(copy),
      newName: (column) =>
        pairs.find(({ from }) => from !== undefined && sameName(from.name, column))?.to.name,
    }),
    ...(copy.leavesOut ? [{ code: "DELETES_ROWS", on: name, stake: whole } as const] : []),
    { code: "REBUILDS_TABLE", on: name, stake: whole },
  ];
}

function dropped(ground: Ground, { copy, name }: Rebuild, pairs: readonly ColumnPair[]): FoundHazard[] {
  return copy.origin.definition.columns.flatMap((column): FoundHazard[] => {
    const { origin } = traceOf(copy.origin, column.name);
    const goesOn = pairs.some(({ from }) => from !== undefined && sameName(from.name, column.name));
    if (goesOn || origin === undefined || column.generated?.kind === "virtual") return [];
    const stake = rowsWhere(ground.lineage.before.definition, `${quoteName(origin)} IS NOT NULL`);
    return [{ code: "DROPS_COLUMN", on: `${name}.${column.name}`, stake }];
  });
}

function renamed({ copy, name }: Rebuild, { from, to }: ColumnPair): FoundHazard[] {
  if (from === undefined || sameName(from.name, to.name)) return [];
  if (traceOf(copy.origin, from.name).origin === undefined) return [];
  return [{ code: "RENAMES_COLUMN", on: `${name}.${from.name}`, stake: undefined }];
}

/** NOT NULL and another type. */
function changed(ground: Ground, { copy, name }: Rebuild, { from, to }: ColumnPair): FoundHazard[] {
  const { definition } = copy.target;
  const on = `${name}.${to.name}`;
  const required = isRequired(definition, to) && !isRowidAlias(definition, to.name);
  const { before } = ground.lineage;
  const origin = from === undefined ? undefined : traceOf(copy.origin, from.name).origin;
  const plain = origin !== undefined && isPlain(ground, to.name);
  const found: FoundHazard[] = [];
  if (required && !wasRequired(copy.origin.definition, from, to)) {
    const stake = rowsAgainst(before.definition, plain ? `${quoteName(origin)} IS NULL` : undefined);
    found.push({ code: "ADDS_NOT_NULL", on, stake });
  }
  if (from !== undefined && origin !== undefined && from.generated?.kind !== "virtual") {
    const type = affinityOf(to.type, definition.strict);
    if (type !== affinityOf(from.type, copy.origin.definition.strict)) {
      const stake = rowsAgainst(before.definition, plain ? misfit(origin, type) : undefined);
      found.push({ code: "CHANGES_TYPE", on, stake });
    }
  }
  return found;
}

/** A column that is new needs no NULL where it has a default. */
function wasRequired(
  table: TableDefinition,
  from: ColumnDefinition | undefined,
  to: ColumnDefinition,
): boolean {
  if (from !== undefined) return isRequired(table, from);
  return to.defaultValue !== undefined && !/^null$/i.test(to.defaultValue);
}

/** Whether a column's values are copied as they were before the script. */
function isPlain({ copying, isWritten }: Ground, column: string): boolean {
  if (isWritten || copying?.values === undefined) return false;
  return copying.values.get(foldName(column))?.converted === false;
}

function unique(ground: Ground, { copy, name }: Rebuild): FoundHazard[] {
  const after = traceCopy(copy);
  const before = uniquenessBefore(ground.lineage.before, ground.before);
  return keysOf(after).flatMap(({ uniqueness, columns }): FoundHazard[] => {
    if (wasUnique(uniqueness, before) || isIdle(after, columns.map(quoteName))) return [];
    const isKnown = columns.every((column) => isPlain(ground, column));
    const stake = stakeOf(ground, isKnown ? uniqueness : undefined);
    return [{ code: "ADDS_UNIQUE", on: onColumns(name, columns), stake }];
  });
}

function checks(ground: Ground, { copy, name }: Rebuild, pairs: readonly ColumnPair[]): FoundHazard[] {
  const { definition } = copy.target;
  const names = new Map(
    pairs.flatMap(({ from, to }) => (from === undefined ? [] : [[foldName(from.name), to.name] as const])),
  );
  const had = new Set(
    copy.origin.definition.checks.map(({ expression }) =>
      describeExpression(
        definition,
        renameColumnsIn(dropQualifiers(expression, [copy.origin.definition.name, name]), names),
      ),
    ),
  );
  const isNew = (expression: string) =>
    !had.has(describeExpression(definition, dropQualifiers(expression, [name])));
  const fresh = definition.checks.filter(({ expression }) => isNew(expression));
  const [first] = fresh;
  if (first === undefined) return [];
  const table = ground.lineage.before.definition;
  const conditions = fresh.map(({ expression }) =>
    checkCondition(ground, copy.target.definition, expression),
  );
  const known = conditions.flatMap((condition) => condition ?? []);
  const stake = rowsAgainst(table, known.length < conditions.length ? undefined : known.join(" OR "));
  return [{ code: "ADDS_CHECK", on: name, stake }];
}

/** The rows that fail a CHECK, in terms of the table before; undefined if a column of it is new or converted. */
function checkCondition(ground: Ground, table: TableDefinition, expression: string): string | undefined {
  const bare = dropQualifiers(expression, [table.name]);
  const names = new Map<string, string>();
  for (const { name } of table.columns) {
    if (!mentions(bare, name)) continue;
    const source = ground.copying === undefined ? undefined : continued(ground.copying, name);
    const origin =
      source === undefined || ground.copying === undefined
        ? undefined
        : traceOf(ground.copying.origin, source.name).origin;
    if (origin === undefined || !isPlain(ground, name)) return undefined;
    names.set(foldName(name), origin);
  }
  return `NOT (${renameColumnsIn(bare, names)})`;
}
