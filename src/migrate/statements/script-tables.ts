// Follows tables, views and indexes through a script, and finds out which table goes on as which.
import type { Capture, CapturedObject } from "../schema/capture.ts";
import {
  type Copying,
  fillColumns,
  layValues,
  momentOf,
  newMoment,
  readColumnDefinition,
  readDefinition,
  type TableMoment,
  tableOfSource,
  traceCopy,
  traceOf,
} from "./followed-table.ts";
import { noRenames, type Renames } from "../schema/change.ts";
import { readIndex } from "../sql/index-definition.ts";
import { renameTable } from "../schema/renames.ts";
import type { RowSource } from "./row-selection.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import { type Act, readAct } from "./statement-act.ts";
import { joinColumn, withoutColumn, withoutKeys } from "../sql/column-edits.ts";
import { findColumn } from "../sql/table-definition.ts";

/** A table of before, or one that the script makes. */
export interface FollowedTable {
  /** As the schema before has it; undefined for one that the script makes. */
  readonly before: TableMoment | undefined;
  readonly virtual: boolean;
  now: TableMoment;
  /** All that it was called, with the number of the statement from which on. */
  readonly names: { readonly from: number; readonly name: string }[];
  gone: number | undefined;
}

/** A copy of rows from one table into another. */
export interface Copy extends Copying {
  readonly at: number;
  readonly into: FollowedTable;
  readonly sources: readonly FollowedTable[];
  readonly leavesOut: boolean;
}

/** What a statement does, and to what: the table as it is when the statement begins. */
export interface Step {
  readonly at: number;
  readonly act: Act;
  readonly table: FollowedTable | undefined;
  readonly moment: TableMoment | undefined;
  /** Of an index that is made. */
  readonly sql: string;
  /** The spelling of what is dropped. */
  readonly spelled: string | undefined;
  /** Of a table that is dropped: whether another table refers to it. */
  readonly referred: boolean;
  /** Which table each name stands for. */
  readonly tables: ReadonlyMap<string, FollowedTable>;
}

/** A whole script. */
export interface Followed {
  readonly steps: readonly Step[];
  readonly copies: readonly Copy[];
  readonly tables: readonly FollowedTable[];
  /** The views at the end, by folded name. */
  readonly views: ReadonlySet<string>;
}

/** Follows the statements from the schema before them. */
export function followScript(statements: readonly string[], before: Capture): Followed {
  const follower = new Follower(before);
  for (const [at, sql] of statements.entries()) follower.read(at, sql);
  return follower.result();
}

class Follower {
  readonly #named = new Map<string, FollowedTable>();
  readonly #all: FollowedTable[] = [];
  readonly #indexes = new Map<string, { readonly name: string; readonly table: string }>();
  readonly #views = new Map<string, string>();
  readonly #viewsBefore: ReadonlySet<string>;
  readonly #steps: Step[] = [];
  readonly #copies: Copy[] = [];

  constructor(before: Capture) {
    for (const table of before.tables) {
      const moment = momentOf(table);
      this.#add(moment, table.kind === "virtual", -1, moment);
    }
    const views = before.objects.filter(({ kind }) => kind === "view");
    for (const { name } of views) this.#views.set(foldName(name), name);
    this.#viewsBefore = new Set(this.#views.keys());
    for (const object of before.objects) if (object.kind === "index") this.#addIndex(object);
  }

  result(): Followed {
    return {
      steps: this.#steps,
      copies: this.#copies,
      tables: this.#all,
      views: new Set(this.#views.keys()),
    };
  }

  #addIndex({ name, table }: Pick<CapturedObject, "name" | "table">): void {
    this.#indexes.set(foldName(name), { name, table });
  }

  #add(now: TableMoment, virtual: boolean, at: number, before?: TableMoment): FollowedTable {
    const { name } = now.definition;
    const table = { before, virtual, now, names: [{ from: at, name }], gone: undefined };
    this.#named.set(foldName(name), table);
    this.#all.push(table);
    return table;
  }

  #find(name: string): FollowedTable | undefined {
    return this.#named.get(foldName(name));
  }

  read(at: number, sql: string): void {
    const act = readAct(sql);
    const step = this.#describe(at, act, sql);
    if (step === undefined) return;
    this.#steps.push(step);
    this.#follow(at, act, sql);
  }

  /** Undefined for what does nothing: IF NOT EXISTS of what is there, IF EXISTS of what is not. */
  #describe(at: number, act: Act, sql: string): Step | undefined {
    const made = { at, act, sql, tables: new Map(this.#named), referred: false };
    if (act.kind === "create-table" && this.#find(act.name) !== undefined) return undefined;
    if (act.kind === "create-index") {
      if (this.#indexes.has(foldName(act.name))) return undefined;
      const table = this.#find(readIndex(sql)?.table ?? "");
      return { ...made, table, moment: table?.now, spelled: undefined };
    }
    if (act.kind === "drop" && act.object !== "table") {
      const spelled =
        act.object === "view"
          ? this.#views.get(foldName(act.name))
          : this.#indexes.get(foldName(act.name))?.name;
      const isOurs = act.object === "view" && !this.#viewsBefore.has(foldName(act.name));
      return spelled === undefined
        ? undefined
        : { ...made, table: undefined, moment: undefined, spelled: isOurs ? undefined : spelled };
    }
    const name = act.kind === "drop" ? act.name : "table" in act ? act.table : undefined;
    const table = name === undefined ? undefined : this.#find(name);
    if (act.kind === "drop" && table === undefined) return undefined;
    const referred = act.kind === "drop" && this.#isReferred(table);
    return { ...made, table, moment: table?.now, spelled: table?.now.definition.name, referred };
  }

  #isReferred(parent: FollowedTable | undefined): boolean {
    const name = parent?.now.definition.name ?? "";
    return [...this.#named.values()].some(
      ({ now }) =>
        now !== parent?.now && now.definition.foreignKeys.some((key) => sameName(key.parent, name)),
    );
  }

  #follow(at: number, act: Act, sql: string): void {
    if (act.kind === "create-table") this.#create(at, act, sql);
    else if (act.kind === "create-view") {
      if (!this.#views.has(foldName(act.name))) this.#views.set(foldName(act.name), act.name);
    } else if (act.kind === "create-index") {
      this.#addIndex({ name: act.name, table: readIndex(sql)?.table ?? "" });
    } else if (act.kind === "drop") this.#drop(at, act);
    else if (act.kind === "rename-table") this.#rename(at, act.table, act.to);
    else if (act.kind === "insert" && act.source !== undefined) {
      this.#copy(at, this.#find(act.table), act.source, act.columns, act.ignores || act.replaces);
    } else if (act.kind === "insert" || act.kind === "update") {
      const table = this.#find(act.table);
      if (table !== undefined) table.now = fillColumns(table.now, act.columns);
    } else this.#alter(act);
  }

  #create(at: number, act: Extract<Act, { kind: "create-table" }>, sql: string): void {
    const { name, virtual, source } = act;
    const origin = source === undefined ? undefined : this.#find(source.from ?? source.tables[0] ?? "");
    if (source === undefined || origin === undefined) {
      this.#add(newMoment(readDefinition(name, sql)), virtual, at);
      return;
    }
    const definition = tableOfSource(name, source, origin.now.definition);
    this.#copy(at, this.#add(newMoment(definition), false, at), source, undefined, false);
  }

  #copy(
    at: number,
    into: FollowedTable | undefined,
    source: RowSource,
    columns: readonly string[] | undefined,
    loses: boolean,
  ): void {
    if (into === undefined) return;
    const sources = source.tables.flatMap((name) => this.#find(name) ?? []);
    const [first] = sources;
    const origin = this.#find(source.from ?? "") ?? first;
    if (origin === undefined) {
      into.now = fillColumns(into.now, columns);
      return;
    }
    // Values of a source that is a view or a subquery are not told apart.
    const known = source.from === undefined ? { ...source, values: undefined } : source;
    const copying = layValues(into.now, origin.now, known, columns);
    const isFirst = !this.#copies.some((copy) => copy.into === into);
    this.#copies.push({ ...copying, at, into, sources, leavesOut: source.leavesOut || loses });
    if (into.before === undefined && isFirst) into.now = traceCopy(copying);
    else into.now = fillColumns(into.now, columns);
  }

  #drop(at: number, { object, name }: Extract<Act, { kind: "drop" }>): void {
    const key = foldName(name);
    if (object === "view") this.#views.delete(key);
    if (object === "index") this.#indexes.delete(key);
    const table = object === "table" ? this.#named.get(key) : undefined;
    if (table === undefined) return;
    table.gone = at;
    this.#named.delete(key);
    for (const [index, { table: owner }] of this.#indexes) {
      if (sameName(owner, name)) this.#indexes.delete(index);
    }
  }

  #rename(at: number, from: string, to: string): void {
    const table = this.#find(from);
    if (table === undefined) return;
    this.#named.delete(foldName(from));
    this.#named.set(foldName(to), table);
    table.names.push({ from: at, name: to });
    this.#renameIn({ ...noRenames, tables: [{ from: table.now.definition.name, to }] });
    for (const [key, index] of this.#indexes) {
      if (sameName(index.table, from)) this.#indexes.set(key, { ...index, table: to });
    }
  }

  /** SQLite renames in the foreign keys of other tables, too. */
  #renameIn(renames: Renames): void {
    for (const table of this.#named.values()) {
      table.now = { ...table.now, definition: renameTable(table.now.definition, renames) };
    }
  }

  #alter(act: Act): void {
    if (act.kind !== "rename-column" && act.kind !== "drop-column") {
      if (act.kind === "add-column" || act.kind === "alter-column") this.#define(act);
      return;
    }
    const table = this.#find(act.table);
    if (table === undefined) return;
    const traces = new Map(table.now.traces);
    const trace = traceOf(table.now, act.column);
    traces.delete(foldName(act.column));
    if (act.kind === "rename-column") {
      traces.set(foldName(act.to), trace);
      const from = findColumn(table.now.definition, act.column)?.name ?? act.column;
      this.#renameIn({
        ...noRenames,
        columns: [{ table: table.now.definition.name, from, to: act.to }],
      });
      table.now = { ...table.now, traces };
    } else table.now = { definition: withoutColumn(table.now.definition, act.column), traces };
  }

  #define(act: Extract<Act, { kind: "add-column" | "alter-column" }>): void {
    const table = this.#find(act.table);
    const added = table && readColumnDefinition(table.now.definition.name, act.definition);
    const [column] = added?.columns ?? [];
    if (table === undefined || added === undefined || column === undefined) return;
    const { definition } = table.now;
    const traces = new Map(table.now.traces);
    if (act.kind === "add-column") {
      const empty = column.generated === undefined && /^(?:null)?$/i.test(column.defaultValue ?? "");
      traces.set(foldName(column.name), { origin: undefined, empty });
      table.now = { definition: joinColumn(definition, added), traces };
      return;
    }
    const trace = traceOf(table.now, act.column);
    traces.delete(foldName(act.column));
    traces.set(foldName(column.name), trace);
    const others = withoutKeys(definition, act.column);
    const at = definition.columns.findIndex(({ name }) => sameName(name, act.column));
    table.now = {
      definition: {
        ...joinColumn({ ...others, columns: [] }, added),
        columns: definition.columns.map((old, place) => (place === at ? column : old)),
      },
      traces,
    };
  }
}
