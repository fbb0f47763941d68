// Where two models leave open whether something was renamed or dropped and made anew: questions, and their answers.
import type { Renames } from "./change.ts";
import { MigrationError } from "../errors.ts";
import type { Model, ModelTable } from "./model.ts";

/** Something new that may be something old under another name. */
export interface RenameQuestion {
  readonly kind: "table" | "column";
  /** For a column: its table, by its new name. */
  readonly table: string | undefined;
  readonly created: string;
  /** What it may have been before; never empty. */
  readonly candidates: readonly string[];
}

/**
 * What has to be asked: tables if tables both came and went, and columns if a table both gained and lost some.
 * Columns of renamed tables can only be compared when the tables are decided: ask again with the answers.
 */
export function findRenameQuestions(previous: Model, next: Model, decided: Renames): RenameQuestion[] {
  const tables = open(names(previous.tables), names(next.tables), decided.tables);
  const questions: RenameQuestion[] = tables.created.map((created) => ({
    kind: "table",
    table: undefined,
    created,
    candidates: tables.removed,
  }));
  return [
    ...(tables.removed.length > 0 ? questions : []),
    ...next.tables.flatMap((table) => columnQuestions(previous, table, decided)),
  ];
}

function columnQuestions(previous: Model, table: ModelTable, decided: Renames): RenameQuestion[] {
  const formerName = decided.tables.find(({ to }) => to === table.name)?.from ?? table.name;
  const former = previous.tables.find(({ name }) => name === formerName);
  if (former === undefined) return [];
  const renames = decided.columns.filter((column) => column.table === table.name);
  const { created, removed } = open(names(former.columns), names(table.columns), renames);
  if (removed.length === 0) return [];
  return created.map((name) => ({ kind: "column", table: table.name, created: name, candidates: removed }));
}

/** Of what is new and what is gone, that which no answer speaks of yet. */
function open(
  before: readonly string[],
  after: readonly string[],
  renames: readonly { readonly from: string; readonly to: string }[],
): { readonly created: readonly string[]; readonly removed: readonly string[] } {
  return {
    created: after.filter((name) => !before.includes(name) && !renames.some(({ to }) => to === name)),
    removed: before.filter((name) => !after.includes(name) && !renames.some(({ from }) => from === name)),
  };
}

function names(items: readonly { readonly name: string }[]): string[] {
  return items.map(({ name }) => name);
}

/**
 * Reads `--rename old=new` and `--rename users.old=users.new`; a column's table may be named as before or as after.
 *
 * @throws {MigrationError} `USAGE_INVALID` for what is no such pair, or names something that was not there or is not new.
 */
export function parseRenames(texts: readonly string[], previous: Model, next: Model): Renames {
  const pairs = texts.map((text) => {
    const sides = text.split("=").map((side) => side.trim().split("."));
    const [from = [], to = []] = sides;
    const sameKind = from.length === to.length && (from.length === 1 || from.length === 2);
    if (sides.length !== 2 || !sameKind || [...from, ...to].includes("")) {
      throw usage(text, "expected old=new for a table, or users.old=users.new for a column");
    }
    return { text, from, to };
  });
  const tables = pairs.flatMap(({ text, from, to }) => {
    const [before = "", after = ""] = [from[0], to[0]];
    if (from.length !== 1) return [];
    expectRename(text, "table", before, names(previous.tables), after, names(next.tables));
    return [{ from: before, to: after }];
  });
  const columns = pairs.flatMap(({ text, from, to }) => {
    if (from.length !== 2) return [];
    const table = next.tables.find(({ name }) => name === to[0]);
    const formerName = tables.find((rename) => rename.to === to[0])?.from ?? to[0];
    const former = previous.tables.find(({ name }) => name === formerName);
    if (table === undefined || former === undefined || (from[0] !== to[0] && from[0] !== formerName)) {
      throw usage(text, `there is no table ${from[0]} before that is ${to[0]} now`);
    }
    const [before = "", after = ""] = [from[1], to[1]];
    expectRename(text, "column", before, names(former.columns), after, names(table.columns));
    return [{ table: table.name, from: before, to: after }];
  });
  expectOnce(
    texts,
    tables.map(({ from }) => from),
  );
  expectOnce(
    texts,
    tables.map(({ to }) => to),
  );
  expectOnce(
    texts,
    columns.map(({ table, from }) => `${table}.${from}`),
  );
  expectOnce(
    texts,
    columns.map(({ table, to }) => `${table}.${to}`),
  );
  return { tables, columns };
}

function expectRename(
  text: string,
  kind: string,
  from: string,
  before: readonly string[],
  to: string,
  after: readonly string[],
): void {
  if (!before.includes(from))
    throw usage(text, `there was no ${kind} ${from}; there were ${before.join(", ") || "none"}`);
  if (!after.includes(to))
    throw usage(text, `there is no ${kind} ${to}; there are ${after.join(", ") || "none"}`);
  if (after.includes(from)) throw usage(text, `the ${kind} ${from} is still there`);
  if (before.includes(to)) throw usage(text, `the ${kind} ${to} was there before`);
}

function expectOnce(texts: readonly string[], seen: readonly string[]): void {
  const twice = seen.find((name, index) => seen.indexOf(name) !== index);
  if (twice !== undefined) throw usage(texts.join(" --rename "), `${twice} is named twice`);
}

function usage(text: string, found: string): MigrationError {
  return new MigrationError("USAGE_INVALID", `--rename ${text}: ${found}`);
}
