// Which values of a table can be there only once: by its keys and its unique indexes, in terms of columns of before.
import type { Capture } from "../schema/capture.ts";
import { type TableMoment, traceOf } from "../statements/followed-table.ts";
import { type IndexDefinition, readIndex } from "../sql/index-definition.ts";
import { foldName, normalizeSql, sameName } from "../sql/sql-tokens.ts";
import { dropQualifiers, mentions, renameColumnsIn } from "../sql/table-compare.ts";
import { findColumn, isRowidAlias, type UniqueDefinition } from "../sql/table-definition.ts";

/** Something that is unique. */
export interface Uniqueness {
  /** Columns of before with their collation, or expressions over them. */
  readonly parts: readonly string[];
  readonly where: string | undefined;
  /** The columns, if it is of columns alone. */
  readonly columns: readonly string[] | undefined;
}

/** Every uniqueness that a table of before has. */
export function uniquenessBefore(moment: TableMoment, before: Capture): Uniqueness[] {
  const indexes = before.objects.flatMap((object) => {
    const index =
      object.kind === "index" && sameName(object.table, moment.definition.name)
        ? readIndex(object.sql)
        : undefined;
    return index?.unique === true ? [indexUniqueness(moment, index)] : [];
  });
  return [...keysOf(moment).map(({ uniqueness }) => uniqueness), ...indexes];
}

/** The keys of a table. */
export function keysOf(
  moment: TableMoment,
): { readonly uniqueness: Uniqueness; readonly columns: readonly string[] }[] {
  const { primaryKey, uniques } = moment.definition;
  const keys: readonly UniqueDefinition[] = [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques];
  return keys.map(({ columns, suffixes }) => ({
    columns,
    uniqueness: {
      parts: columns.map((column, at) => partOf(moment, column, suffixes[at] ?? "")),
      where: undefined,
      columns,
    },
  }));
}

/** What a unique index stands for. */
export function indexUniqueness(moment: TableMoment, index: IndexDefinition): Uniqueness {
  const columns = index.parts.flatMap(({ column }) => column ?? []);
  return {
    parts: index.parts.map(({ column, text }) =>
      column === undefined ? expressionOf(moment, text) : partOf(moment, column, text),
    ),
    where: index.where === undefined ? undefined : expressionOf(moment, index.where),
    columns: columns.length === index.parts.length ? columns : undefined,
  };
}

function partOf(moment: TableMoment, column: string, text: string): string {
  const own = findColumn(moment.definition, column)?.collate;
  const collation = /\bcollate\s+["'`[]?(\w+)/i.exec(text)?.[1] ?? own ?? "binary";
  const { origin } = traceOf(moment, column);
  return `${origin === undefined ? `new ${foldName(column)}` : foldName(origin)} ${foldName(collation)}`;
}

/** An expression in terms of columns of before, in the one spelling that is compared. */
export function expressionOf({ definition, traces }: TableMoment, text: string): string {
  const names = new Map(
    [...traces].flatMap(([name, { origin }]) => (origin === undefined ? [] : [[name, origin] as const])),
  );
  return normalizeSql(renameColumnsIn(dropQualifiers(text, [definition.name]), names));
}

/** Whether what is unique now was unique before: by the same columns or fewer, over the same rows or more. */
export function wasUnique(now: Uniqueness, before: readonly Uniqueness[]): boolean {
  return before.some(
    ({ parts, where }) =>
      parts.every((part) => now.parts.includes(part)) && (where === undefined || where === now.where),
  );
}

/** Whether a column that is NULL in every row, or that SQLite fills by itself, keeps all rows apart. */
export function isIdle(moment: TableMoment, parts: readonly string[]): boolean {
  const { definition } = moment;
  return parts.some((part) =>
    definition.columns.some(({ name }) => {
      const { empty, origin } = traceOf(moment, name);
      const isOwn = origin === undefined && isRowidAlias(definition, name);
      return (empty || isOwn) && mentions(part, name);
    }),
  );
}
