// Whether each foreign key has its parent key: a table with these columns, as its primary key or unique. Without it
// SQLite refuses every write to the child, and deletes in the parent.
import { type Capture, type CapturedTable, findTable, isInternalName } from "./capture.ts";
import { readIndex } from "../sql/index-definition.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import { findColumn, type ForeignKeyDefinition, type TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A foreign key that SQLite cannot use. */
export interface FaultyKey {
  readonly table: string;
  readonly columns: readonly string[];
  readonly parent: string;
  /** `refers to …`, for a message. */
  readonly problem: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/** Lists the foreign keys whose parent key is missing. */
export function findFaultyKeys(capture: Capture): FaultyKey[] {
  return capture.tables.flatMap((child) => {
    if (child.kind !== "table") return [];
    return parseTable(child.sql).foreignKeys.flatMap((key) => judge(capture, child, key) ?? []);
  });
}

function judge(capture: Capture, child: CapturedTable, key: ForeignKeyDefinition): FaultyKey | undefined {
  const { columns, parent } = key;
  const fault = { table: child.name, columns, parent };
  const found = findTable(capture, parent);
  if (found === undefined && isInternalName(parent)) return undefined;
  if (found?.kind !== "table") {
    const isView = capture.objects.some(({ kind, name }) => kind === "view" && sameName(name, parent));
    const problem =
      found === undefined && !isView
        ? `refers to the table ${parent}, which does not exist`
        : `refers to ${parent}, which is no ordinary table`;
    return {
      ...fault,
      problem,
      remedy: `export the table ${parent} from the schema, or remove the reference`,
    };
  }
  const definition = parseTable(found.sql);
  const theirs = key.parentColumns.length > 0 ? key.parentColumns : (definition.primaryKey?.columns ?? []);
  const named = `${parent} (${theirs.join(", ")})`;
  const missing = theirs.find((name) => findColumn(definition, name) === undefined);
  if (missing !== undefined) {
    const problem = `refers to the column ${parent}.${missing}, which does not exist`;
    return { ...fault, problem, remedy: `keep ${parent}.${missing}, or remove or change the reference` };
  }
  if (theirs.length === columns.length && hasKey(capture, definition, theirs)) return undefined;
  return {
    ...fault,
    problem: `refers to ${named}, which is neither the primary key nor unique`,
    remedy: `keep ${named} unique, or change the reference to columns that are`,
  };
}

function hasKey(capture: Capture, parent: TableDefinition, columns: readonly string[]): boolean {
  const wanted = columns.map(foldName).toSorted().join("\0");
  const isWanted = (names: readonly string[]) => names.map(foldName).toSorted().join("\0") === wanted;
  // An index of another collation than the column's is no parent key.
  const isPlain = (suffix: string) => !/\bcollate\b/i.test(suffix);
  const keys = [...(parent.primaryKey === undefined ? [] : [parent.primaryKey]), ...parent.uniques];
  if (keys.some((key) => isWanted(key.columns) && key.suffixes.every(isPlain))) return true;
  return capture.objects.some((object) => {
    if (object.kind !== "index" || !sameName(object.table, parent.name)) return false;
    const index = readIndex(object.sql);
    if (index?.unique !== true || index.where !== undefined) return false;
    const names = index.parts.flatMap(({ column }) => column ?? []);
    return (
      names.length === index.parts.length &&
      isWanted(names) &&
      index.parts.every(({ column, text }) => column !== undefined && isPlainFor(parent, column, text))
    );
  });
}

function isPlainFor(parent: TableDefinition, column: string, text: string): boolean {
  const collation = /\bcollate\s+["'`[]?(\w+)/i.exec(text)?.[1];
  return collation === undefined || sameName(collation, findColumn(parent, column)?.collate ?? "binary");
}
