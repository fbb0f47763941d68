// Tables and columns that keep their rows under another name: read out of scripts, applied to definitions.
import { type Capture, type CapturedTable, findTable } from "./capture.ts";
import type { Renames } from "./change.ts";
import { foldName, isWord, nameOf, sameName, significant, tokenize } from "../sql/sql-tokens.ts";
import type { Token } from "../sql/sql-tokens.ts";
import { dropQualifiers, renameColumnsIn } from "../sql/table-compare.ts";
import type { TableDefinition } from "../sql/table-definition.ts";

/** The same renames, seen from the other side. */
export function invertRenames(renames: Renames): Renames {
  return {
    tables: renames.tables.map(({ from, to }) => ({ from: to, to: from })),
    columns: renames.columns.map(({ table, from, to }) => ({
      table: oldTableName(renames, table),
      from: to,
      to: from,
    })),
  };
}

/** What a table is called after the renames. */
export function newTableName(renames: Renames, name: string): string {
  return renames.tables.find(({ from }) => sameName(from, name))?.to ?? name;
}

/** What a table was called before the renames. */
export function oldTableName(renames: Renames, name: string): string {
  return renames.tables.find(({ to }) => sameName(to, name))?.from ?? name;
}

/** The column renames of one table, by the folded old name. The table is named by its new name. */
export function columnRenames(renames: Renames, table: string): Map<string, string> {
  const own = renames.columns.filter((rename) => sameName(rename.table, table));
  return new Map(own.map(({ from, to }) => [foldName(from), to]));
}

/** What a table was called in the schema before the renames; undefined for one that cannot have been there. */
function formerTable(before: Capture, renames: Renames, name: string): CapturedTable | undefined {
  return findTable(before, oldTableName(renames, name));
}

/** The new table that an old one becomes; undefined if it does not, as when another takes its name. */
export function targetName(renames: Renames, name: string): string | undefined {
  const moved = renames.tables.find(({ from }) => sameName(from, name));
  if (moved !== undefined) return moved.to;
  return renames.tables.some(({ to }) => sameName(to, name)) ? undefined : name;
}

/** Column renames with those added that make room: a column whose name another one takes is moved aside, to be dropped. */
export function makeRoom(renames: Renames, before: Capture): Renames {
  const aside = renames.columns.flatMap(({ table, to }) => {
    const own = columnRenames(renames, table);
    const columns = formerTable(before, renames, table)?.columns ?? [];
    const holder = columns.find(({ name }) => sameName(name, to) && !own.has(foldName(name)));
    return holder === undefined ? [] : [{ table, from: holder.name, to: `__old_${holder.name}` }];
  });
  return aside.length === 0 ? renames : { ...renames, columns: [...renames.columns, ...aside] };
}

/** One rename. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Orders renames so that no name is ever taken twice; a circle is opened with a name of our own. */
export function orderMoves(moves: readonly Move[]): Move[] {
  const steps: Move[] = [];
  for (let open = [...moves]; open.length > 0;) {
    const free = open.filter(({ to }) => !open.some(({ from }) => sameName(from, to)));
    steps.push(...free);
    open = open.filter((move) => !free.includes(move));
    const [first] = free.length === 0 ? open.splice(0, 1) : [];
    if (first === undefined) continue;
    const between = `__new_${first.to}`;
    steps.push({ from: first.from, to: between });
    open.push({ from: between, to: first.to });
  }
  return steps;
}

/** A definition as SQLite leaves it behind after the renames: its own names, and those of its parents. */
export function renameTable(table: TableDefinition, renames: Renames): TableDefinition {
  const name = newTableName(renames, table.name);
  const own = columnRenames(renames, name);
  const column = (old: string) => own.get(foldName(old)) ?? old;
  const expression = (sql: string) => renameColumnsIn(dropQualifiers(sql, [table.name]), own);
  return {
    ...table,
    name,
    columns: table.columns.map((definition) => ({
      ...definition,
      name: column(definition.name),
      generated: definition.generated && {
        ...definition.generated,
        expression: expression(definition.generated.expression),
      },
    })),
    primaryKey: table.primaryKey && { ...table.primaryKey, columns: table.primaryKey.columns.map(column) },
    uniques: table.uniques.map((unique) => ({ ...unique, columns: unique.columns.map(column) })),
    checks: table.checks.map((check) => ({ ...check, expression: expression(check.expression) })),
    foreignKeys: table.foreignKeys.map((foreignKey) => {
      const parent = newTableName(renames, foreignKey.parent);
      const theirs = columnRenames(renames, parent);
      return {
        ...foreignKey,
        columns: foreignKey.columns.map(column),
        parent,
        parentColumns: foreignKey.parentColumns.map((old) => theirs.get(foldName(old)) ?? old),
      };
    }),
  };
}

/**
 * Reads the renames out of a script: its `ALTER TABLE … RENAME`. A table that takes a name which existed before
 * replaces that table (a rebuild, under any temporary name), and is no rename.
 */
export function readRenames(statements: readonly string[], before: Capture): Renames {
  const follow = new Follower(before);
  for (const statement of statements) follow.read(statement);
  return follow.renames();
}

interface Followed {
  name: string;
  /** The name in the capture before; undefined for a table that the script made. */
  readonly origin: string | undefined;
  readonly columns: { name: string; readonly origin: string | undefined }[];
}

/** Follows every table and column through a script. */
class Follower {
  readonly #tables: Followed[];
  readonly #before: Capture;
  /** Tables of before that were dropped: what takes their name by a rename goes on with their columns. */
  readonly #dropped: Followed[] = [];

  constructor(before: Capture) {
    this.#before = before;
    this.#tables = before.tables.map((table) => ({
      name: table.name,
      origin: table.name,
      columns: table.columns.map((column) => ({ name: column.name, origin: column.name })),
    }));
  }

  read(statement: string): void {
    const words = significant(tokenize(statement));
    if (isWord(words[0], "DROP") && isWord(words[1], "TABLE")) {
      const at = isWord(words[2], "IF") ? 4 : 2;
      this.#drop(nameOf(words[at]) ?? "");
    }
    if (!isWord(words[0], "ALTER") || !isWord(words[1], "TABLE")) return;
    const table = this.#find(nameOf(words[2]) ?? "");
    if (table === undefined && isWord(words[4], "TO")) this.#replace(nameOf(words[5]) ?? "");
    if (table === undefined || !isWord(words[3], "RENAME", "DROP")) return;
    if (isWord(words[3], "DROP")) {
      const gone = nameOf(words[isWord(words[4], "COLUMN") ? 5 : 4]) ?? "";
      const at = table.columns.findIndex((column) => sameName(column.name, gone));
      if (at !== -1) table.columns.splice(at, 1);
    } else if (isWord(words[4], "TO")) table.name = nameOf(words[5]) ?? table.name;
    else this.#renameColumn(table, words.slice(isWord(words[4], "COLUMN") ? 5 : 4));
  }

  #renameColumn(table: Followed, words: readonly Token[]): void {
    const from = nameOf(words[0]) ?? "";
    const column = table.columns.find((candidate) => sameName(candidate.name, from));
    if (column !== undefined) column.name = nameOf(words[2]) ?? column.name;
  }

  #find(name: string): Followed | undefined {
    return this.#tables.find((table) => sameName(table.name, name));
  }

  #drop(name: string): void {
    const at = this.#tables.findIndex((table) => sameName(table.name, name));
    if (at !== -1) this.#dropped.push(...this.#tables.splice(at, 1));
  }

  /** A table that the script made takes a name: if a dropped one had it, this is its rebuild. */
  #replace(name: string): void {
    const at = this.#dropped.findIndex((table) => sameName(table.name, name));
    if (at !== -1) this.#tables.push(...this.#dropped.splice(at, 1));
  }

  renames(): Renames {
    const kept = this.#tables.filter((table) => table.origin !== undefined);
    const isReplacement = (table: Followed) =>
      !sameName(table.name, table.origin ?? "") &&
      this.#before.tables.some((old) => sameName(old.name, table.name)) &&
      !kept.some((other) => sameName(other.origin ?? "", table.name));
    const followed = kept.filter((table) => !isReplacement(table));
    return {
      tables: followed.flatMap(({ name, origin }) =>
        origin === undefined || name === origin ? [] : [{ from: origin, to: name }],
      ),
      columns: followed.flatMap((table) =>
        table.columns.flatMap(({ name, origin }) =>
          origin === undefined || name === origin ? [] : [{ table: table.name, from: origin, to: name }],
        ),
      ),
    };
  }
}
