// What ALTER TABLE and CREATE INDEX mean on a table that was there before.
import { affinityOf } from "../sql/affinity.ts";
import { readColumnDefinition, type TableMoment, traceOf } from "../statements/followed-table.ts";
import { foreignKeyHazards } from "./foreign-key-hazards.ts";
import type { FoundHazard } from "./hazard.ts";
import { type Ground, stakeOf } from "./hazard-ground.ts";
import { allRows, rowsAgainst, rowsWhere, unconverted } from "./hazard-questions.ts";
import { type IndexDefinition, readIndex } from "../sql/index-definition.ts";
import { isWord, quoteName, sameName, significant, type Token, tokenize } from "../sql/sql-tokens.ts";
import type { Act } from "../statements/statement-act.ts";
import { describeExpression } from "../sql/table-compare.ts";
import { type ColumnDefinition, findColumn, isRequired, isRowidAlias } from "../sql/table-definition.ts";
import { hasNameAfter, isRebuiltBefore, stageAt } from "../statements/table-lineage.ts";
import { indexUniqueness, isIdle, uniquenessBefore, wasUnique } from "./uniqueness.ts";

type Of<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/** A table that takes another name for good. */
export function renameHazards(
  { lineage }: Ground,
  at: number,
  moment: TableMoment,
  to: string,
): FoundHazard[] {
  const { name } = moment.definition;
  const rebuild = stageAt(lineage, at)?.rebuild;
  const isRebuild = rebuild !== undefined && at <= rebuild.taken;
  const isBack = sameName(name, to) || sameName(lineage.before.definition.name, to);
  if (isRebuild || isBack || hasNameAfter(lineage, name, at)) return [];
  return [{ code: "RENAMES_TABLE", on: name, stake: allRows(lineage.before.definition) }];
}

/** A column of before that takes another name, or goes. */
export function columnHazards(
  { lineage }: Ground,
  moment: TableMoment,
  act: Of<"rename-column"> | Of<"drop-column">,
): FoundHazard[] {
  const column = findColumn(moment.definition, act.column);
  if (column === undefined) return [];
  const { origin } = traceOf(moment, column.name);
  const on = `${moment.definition.name}.${column.name}`;
  if (origin === undefined) return [];
  if (act.kind === "rename-column") {
    return sameName(column.name, act.to) ? [] : [{ code: "RENAMES_COLUMN", on, stake: undefined }];
  }
  if (column.generated?.kind === "virtual") return [];
  const stake = rowsWhere(lineage.before.definition, `${quoteName(origin)} IS NOT NULL`);
  return [{ code: "DROPS_COLUMN", on, stake }];
}

/** Rules that a new column brings. */
export function addHazards(
  ground: Ground,
  moment: TableMoment,
  { definition }: Of<"add-column">,
): FoundHazard[] {
  const { name } = moment.definition;
  const added = readColumnDefinition(name, definition);
  const [column] = added.columns;
  if (column === undefined) return [];
  const stake = allRows(ground.lineage.before.definition);
  const isNull = isNullDefault(column.defaultValue) && column.generated === undefined;
  const found: FoundHazard[] = [];
  if (column.notNull && !isConstant(column.defaultValue)) {
    found.push({ code: "ADDS_NOT_NULL", on: `${name}.${column.name}`, stake });
  }
  if (added.checks.length > 0) found.push({ code: "ADDS_CHECK", on: name, stake });
  if (added.foreignKeys.length > 0 && !isNull) {
    found.push({ code: "ADDS_FOREIGN_KEY", on: `${name}.${column.name}`, stake });
  }
  return found;
}

function isNullDefault(text: string | undefined): boolean {
  return text === undefined || /^\(*\s*null\s*\)*$/i.test(text);
}

/** SQLite adds a column to rows only with a default that is the same for all of them. */
function isConstant(text: string | undefined): boolean {
  if (isNullDefault(text) || text === undefined) return false;
  const isLiteral = (word: Token) =>
    ["string", "number", "blob"].includes(word.kind) || isWord(word, "TRUE", "FALSE");
  const words = significant(tokenize(text)).filter((word) => !/^[()+-]$/.test(word.text));
  return words.every(isLiteral) || (!text.startsWith("(") && !/^current_/i.test(text));
}

/** libSQL's ALTER COLUMN, which looks at no row. */
export function alterHazards(
  ground: Ground,
  moment: TableMoment,
  { column: name, definition }: Of<"alter-column">,
): FoundHazard[] {
  const table = moment.definition;
  const added = readColumnDefinition(table.name, definition);
  const [to] = added.columns;
  const from = findColumn(table, name);
  if (to === undefined || from === undefined) return [];
  const own = table.foreignKeys.filter(
    ({ columns }) => columns.length === 1 && sameName(columns[0] ?? "", name),
  );
  const origin = ground.isWritten ? undefined : traceOf(moment, name).origin;
  const had = new Set(table.checks.map(({ expression }) => describeExpression(table, expression)));
  const stake = allRows(ground.lineage.before.definition);
  return [
    ...(sameName(from.name, to.name)
      ? []
      : [{ code: "RENAMES_COLUMN", on: `${table.name}.${from.name}`, stake: undefined } as const]),
    ...changedRules(ground, { table, from, to, origin }),
    ...(added.checks.every(({ expression }) => had.has(describeExpression(table, expression)))
      ? []
      : [{ code: "ADDS_CHECK", on: table.name, stake } as const]),
    ...foreignKeyHazards(ground, {
      name: table.name,
      from: { ...moment, definition: { ...table, foreignKeys: own } },
      to: { ...moment, definition: { ...table, foreignKeys: added.foreignKeys } },
      newName: () => to.name,
    }),
  ];
}

interface Change {
  readonly table: TableMoment["definition"];
  readonly from: ColumnDefinition;
  readonly to: ColumnDefinition;
  readonly origin: string | undefined;
}

function changedRules(ground: Ground, { table, from, to, origin }: Change): FoundHazard[] {
  const { definition: before } = ground.lineage.before;
  const on = `${table.name}.${to.name}`;
  const type = affinityOf(to.type, table.strict);
  const isOther = type !== affinityOf(from.type, table.strict) && from.generated?.kind !== "virtual";
  const nulls = origin === undefined ? undefined : `${quoteName(origin)} IS NULL`;
  const misfits = origin === undefined ? undefined : unconverted(origin, type);
  return [
    ...(to.notNull && !isRequired(table, from) && !isRowidAlias(table, from.name)
      ? [{ code: "ADDS_NOT_NULL", on, stake: rowsAgainst(before, nulls) } as const]
      : []),
    ...(isOther ? [{ code: "CHANGES_TYPE", on, stake: rowsAgainst(before, misfits) } as const] : []),
  ];
}

/** An index over rows of before. */
export function indexHazards(
  ground: Ground,
  step: { readonly at: number; readonly sql: string; readonly moment: TableMoment; readonly name: string },
): FoundHazard[] {
  const index = readIndex(step.sql);
  if (index === undefined) return [];
  const { lineage, before } = ground;
  const { name: on, moment } = step;
  const uniqueness = indexUniqueness(moment, index);
  const isNew = index.unique && !wasUnique(uniqueness, uniquenessBefore(lineage.before, before));
  const isFree = isIdle(
    moment,
    index.parts.map(({ text }) => text),
  );
  const belongs = isRebuiltBefore(lineage, step.at) && wasThere(ground, on, moment, index);
  return [
    ...(isNew && !isFree ? [{ code: "ADDS_UNIQUE", on, stake: stakeOf(ground, uniqueness) } as const] : []),
    ...(belongs ? [] : [{ code: "BUILDS_INDEX", on, stake: allRows(lineage.before.definition) } as const]),
  ];
}

/** Whether the schema before has the same index: it comes back after a rebuild. */
function wasThere(
  { before, lineage }: Ground,
  name: string,
  moment: TableMoment,
  index: IndexDefinition,
): boolean {
  const old = before.objects.find((object) => object.kind === "index" && sameName(object.name, name));
  const was = old && readIndex(old.sql);
  if (was === undefined) return false;
  const describe = (at: TableMoment, definition: IndexDefinition) => {
    const { parts, where } = indexUniqueness(at, definition);
    return JSON.stringify([parts, where]);
  };
  return describe(lineage.before, was) === describe(moment, index);
}
