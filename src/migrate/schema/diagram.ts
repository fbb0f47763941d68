// A schema as a picture has it: tables with their rows, the lines between them, and what a revision makes of each. Pure.
import type { Renames } from "./change.ts";
import type { Model, ModelColumn, ModelForeignKey, ModelTable, ModelView } from "./model.ts";
import { sameName } from "../sql/sql-tokens.ts";

/** What a revision does to something; `same` in a picture of one schema, too. */
export type DiagramMark = "same" | "added" | "dropped" | "changed";

/** A column, or one of the rules below the columns. */
export interface DiagramRow {
  readonly name: string;
  /** A column's type and what belongs to it, or what a rule says. */
  readonly detail: string;
  readonly keys: readonly ("PK" | "FK" | "UK")[];
  readonly mark: DiagramMark;
  /** What it was or will be, if it is changed. */
  readonly note: string;
}

/** A table, or a view without rows. */
export interface DiagramTable {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly columns: readonly DiagramRow[];
  /** Indexes, constraints of several columns, checks, foreign keys. */
  readonly rules: readonly DiagramRow[];
  readonly mark: DiagramMark;
  readonly note: string;
}

/** A foreign key between two tables that are both in the picture. */
export interface DiagramLine {
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  /** A child may be without a parent. */
  readonly optional: boolean;
  /** A parent has at most one child. */
  readonly single: boolean;
}

/** A picture, not yet drawn. */
export interface Diagram {
  readonly tables: readonly DiagramTable[];
  readonly lines: readonly DiagramLine[];
}

/** Two pictures of what a revision changes, and the same in words, a line each. */
export interface DiagramChange {
  readonly before: Diagram;
  readonly after: Diagram;
  readonly words: readonly string[];
}

/** The picture of a whole schema, in the order of names. */
export function buildDiagram(model: Model): Diagram {
  const tables = [...model.tables.map(describeTable), ...model.views.map(describeView)];
  return {
    tables: tables.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    lines: model.tables.flatMap((table) => linesOf(table, model)),
  };
}

/** The tables and views that differ between two schemas, before and after, with marks on what does. */
export function compareDiagrams(before: Model, after: Model, renames: Renames): DiagramChange {
  const [old, next] = [buildDiagram(before), buildDiagram(after)];
  const newTable = (name: string): string =>
    renames.tables.find(({ from }) => sameName(from, name))?.to ?? name;
  const oldTable = (name: string): string =>
    renames.tables.find(({ to }) => sameName(to, name))?.from ?? name;
  const renamed = (table: string, name: string, side: "from" | "to"): string =>
    renames.columns.find((one) => sameName(one.table, table) && sameName(one[side], name))?.[
      side === "from" ? "to" : "from"
    ] ?? name;
  const afterTables = next.tables.map((table) => {
    const partner = find(old.tables, oldTable(table.name));
    return markTable(table, partner, (name) => renamed(table.name, name, "to"), ["added", "was"]);
  });
  const beforeTables = old.tables.map((table) => {
    const name = newTable(table.name);
    return markTable(table, find(next.tables, name), (column) => renamed(name, column, "from"), [
      "dropped",
      "becomes",
    ]);
  });
  const words = [
    ...beforeTables.flatMap((table) => describeMarks(table, "dropped")),
    ...afterTables.flatMap((table) => [...describeMarks(table, "added"), ...describeMarks(table, "changed")]),
  ];
  return {
    before: onlyTouched(beforeTables, old.lines),
    after: onlyTouched(afterTables, next.lines),
    words,
  };
}

function onlyTouched(tables: readonly DiagramTable[], lines: readonly DiagramLine[]): Diagram {
  const touched = tables.filter(({ mark }) => mark !== "same");
  const shown = (name: string): boolean => find(touched, name) !== undefined;
  return { tables: touched, lines: lines.filter(({ child, parent }) => shown(child) && shown(parent)) };
}

function find<Named extends { readonly name: string }>(
  all: readonly Named[],
  name: string,
): Named | undefined {
  return all.find((one) => sameName(one.name, name));
}

type Wording = readonly [missing: "added" | "dropped", changed: "was" | "becomes"];

function markTable(
  table: DiagramTable,
  partner: DiagramTable | undefined,
  nameThere: (column: string) => string,
  [missing, word]: Wording,
): DiagramTable {
  const markRow = (row: DiagramRow, other: DiagramRow | undefined): DiagramRow => {
    if (other === undefined) return { ...row, mark: missing };
    const [here, there] = [textOf(row), textOf(other)];
    return here === there ? row : { ...row, mark: "changed", note: `${word} ${there}` };
  };
  const columns = table.columns.map((row) =>
    markRow(row, partner && find(partner.columns, nameThere(row.name))),
  );
  const rules = table.rules.map((row) => markRow(row, partner && find(partner.rules, row.name)));
  if (partner === undefined || partner.kind !== table.kind)
    return { ...table, columns, rules, mark: missing };
  const isRenamed = partner.name !== table.name;
  // What is only on the other side is a change of this one too.
  const lacks =
    partner.columns.length !== table.columns.length ||
    partner.rules.some((row) => find(table.rules, row.name) === undefined);
  const differs = [...columns, ...rules].some(({ mark }) => mark !== "same");
  const mark = isRenamed || lacks || differs ? "changed" : "same";
  return { ...table, columns, rules, mark, note: isRenamed ? `${word} ${partner.name}` : "" };
}

function textOf({ name, detail, keys }: DiagramRow): string {
  return [name, detail, ...keys].filter((part) => part !== "").join(" ");
}

/** A table that comes or goes is one line; otherwise each of its rows is. */
function describeMarks(table: DiagramTable, mark: DiagramMark): readonly string[] {
  if (table.mark === mark && mark !== "changed") return [`${mark} ${table.kind} ${table.name}`];
  if (table.mark === "added" || table.mark === "dropped") return [];
  const own =
    table.mark === mark && table.note !== "" ? [`${mark} ${table.kind} ${table.name}: ${table.note}`] : [];
  const rows = [...table.columns, ...table.rules].filter((row) => row.mark === mark);
  return [
    ...own,
    ...rows.map((row) => `${mark} ${table.name}: ${textOf(row)}${row.note === "" ? "" : `, ${row.note}`}`),
  ];
}

function describeTable(table: ModelTable): DiagramTable {
  return {
    name: table.name,
    kind: "table",
    columns: table.columns.map((column) => describeColumn(column, table)),
    rules: describeRules(table),
    mark: "same",
    note: "",
  };
}

function describeView({ name, definition }: ModelView): DiagramTable {
  const rules = definition === undefined ? [] : [{ ...plain, name: "as", detail: oneLine(definition) }];
  return { name, kind: "view", columns: [], rules, mark: "same", note: "" };
}

const plain = { keys: [], mark: "same", note: "" } as const;

function describeColumn(column: ModelColumn, table: ModelTable): DiagramRow {
  const { name, type, notNull, defaultValue, generated, autoincrement } = column;
  const isOf = (columns: readonly string[]): boolean => columns.includes(name);
  const isKey = column.primaryKey || isOf(table.primaryKey ?? []);
  const isUnique = uniquesOf(table).some((columns) => columns.length === 1 && isOf(columns));
  const keys: ("PK" | "FK" | "UK")[] = [];
  if (isKey) keys.push("PK");
  if (table.foreignKeys.some(({ columns }) => isOf(columns))) keys.push("FK");
  if (isUnique) keys.push("UK");
  const parts = [
    type === "" ? "any" : type,
    autoincrement ? "autoincrement" : "",
    notNull || isKey ? "" : "null",
    defaultValue === undefined ? "" : `= ${oneLine(defaultValue)}`,
    generated === undefined ? "" : `as ${oneLine(generated.expression)} ${generated.kind}`,
  ];
  return { ...plain, name, detail: parts.filter((part) => part !== "").join(" "), keys };
}

/** What is unique by a constraint, or by an index over whole columns and all rows. */
function uniquesOf(table: ModelTable): (readonly string[])[] {
  const indexes = table.indexes.filter(
    ({ unique, where, parts }) => unique && where === undefined && parts.every((part) => !part.isExpression),
  );
  return [
    ...table.uniques.map(({ columns }) => columns),
    ...indexes.map(({ parts }) => parts.map(({ text }) => text)),
  ];
}

function describeRules(table: ModelTable): DiagramRow[] {
  const rule = (name: string, detail: string): DiagramRow => ({ ...plain, name, detail: oneLine(detail) });
  return [
    ...(table.primaryKey === undefined ? [] : [rule("primary key", table.primaryKey.join(", "))]),
    ...table.foreignKeys.map((key) => rule(`foreign key ${key.columns.join(", ")}`, describeKey(key))),
    ...table.uniques.map(({ name, columns }) => rule(`unique ${name}`, columns.join(", "))),
    ...table.indexes.map(({ name, unique, parts, where }) => {
      const condition = where === undefined ? "" : ` where ${where}`;
      return rule(
        `${unique ? "unique " : ""}index ${name}`,
        parts.map(({ text }) => text).join(", ") + condition,
      );
    }),
    ...table.checks.map(({ name, expression }) => rule(`check ${name}`, expression)),
  ];
}

function describeKey({ parent, parentColumns, onDelete, onUpdate }: ModelForeignKey): string {
  const actions = [
    onDelete === undefined ? "" : ` on delete ${onDelete.toLowerCase()}`,
    onUpdate === undefined ? "" : ` on update ${onUpdate.toLowerCase()}`,
  ];
  return `${parent}.${parentColumns.join(", ")}${actions.join("")}`;
}

function linesOf(table: ModelTable, model: Model): readonly DiagramLine[] {
  return table.foreignKeys.flatMap(({ columns, parent: name }) => {
    const parent = find(model.tables, name);
    if (parent === undefined) return [];
    const own = table.columns.filter((column) => columns.includes(column.name));
    const keys = [
      ...uniquesOf(table),
      table.primaryKey ?? own.filter(({ primaryKey }) => primaryKey).map((column) => column.name),
    ];
    return {
      child: table.name,
      parent: parent.name,
      columns,
      optional: own.some(({ notNull }) => !notNull),
      single: keys.some((key) => key.length > 0 && key.every((column) => columns.includes(column))),
    };
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
