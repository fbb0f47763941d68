// Random schemas from fast-check's choices.
import { type GeneratorValue, nat } from "fast-check";

import type { Column, Index, Key, Schema, Table } from "./schema-model.ts";

/** Chooses one of several values. */
export type Choose = <T>(...values: readonly T[]) => T;

export function chooser(generate: GeneratorValue): Choose {
  // By place, since fast-check takes values that are alike for the same one.
  return <T>(...values: readonly T[]) => values[generate(nat, { max: values.length - 1 })] as T;
}

const oddNames = [
  "plain",
  "order",
  "Two Words",
  'quo"te',
  "tick`s",
  "ünï",
  "select",
  "a.b",
  "it's",
  "[b]",
  "x,y",
];

/** Hands out ids and names that no other thing has. */
export class Maker {
  #next = 1;
  readonly choose: Choose;

  constructor(choose: Choose) {
    this.choose = choose;
  }

  id(): number {
    this.#next += 1;
    return this.#next;
  }

  name(): string {
    return `${this.choose(...oddNames)}${this.id()}`;
  }
}

/** Random, as everything here. */
export function makeColumn(maker: Maker, strict: boolean, id = maker.id()): Column {
  const { choose } = maker;
  const generated = choose(undefined, undefined, undefined, undefined, "virtual", "stored");
  const type = strict
    ? choose("INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT")
    : choose("INTEGER", "TEXT", "real", "BLOB", "numeric(10, 2)", "varchar(20)", "", "boolean", "datetime");
  if (generated !== undefined) {
    return { ...bare(id, maker.name(), strict ? "TEXT" : type), generated, notNull: false };
  }
  const number = /int|real/i.test(type);
  const values = number ? ["-5", "0", "(1 + 1)"] : /text|char/i.test(type) ? ["'it''s'", "''", "'7'"] : [];
  const notNull = choose(true, false, false);
  return {
    ...bare(id, maker.name(), type),
    notNull,
    defaultValue: choose(undefined, undefined, ...values),
    collate: /text|char/i.test(type) ? choose(undefined, "NOCASE", "RTRIM") : undefined,
    check: choose(undefined, undefined, undefined, undefined, "IS NOT 'no, (never)'", "NOT IN (13, 14)"),
    unique: choose(false, false, false, false, true),
  };
}

function bare(id: number, name: string, type: string): Column {
  return {
    id,
    name,
    type,
    notNull: false,
    defaultValue: undefined,
    collate: undefined,
    generated: undefined,
    check: undefined,
    unique: false,
  };
}

/** Random, as everything here. */
export function makeTable(maker: Maker): Table {
  const { choose } = maker;
  const key = choose<Key>("none", "none", "integer", "integer", "autoincrement", "text", "composite");
  const withoutRowid = (key === "text" || key === "composite") && choose(true, false);
  const strict = choose(true, false, false);
  const count = choose(1, 2, 3, 4);
  const columns = Array.from({ length: count }, () => makeColumn(maker, strict));
  const keys: Column[] =
    key === "none"
      ? []
      : key === "composite"
        ? [
            { ...bare(0, maker.name(), "TEXT"), notNull: true },
            { ...bare(1, maker.name(), "INTEGER"), notNull: true },
          ]
        : [{ ...bare(0, maker.name(), key === "text" ? "TEXT" : "INTEGER"), notNull: key === "text" }];
  return {
    id: maker.id(),
    name: maker.name(),
    key,
    strict,
    withoutRowid,
    columns: [...keys, ...columns],
    foreignKeys: [],
  };
}

/** Random, as everything here. */
export function addForeignKey(maker: Maker, schema: Schema, table: Table): void {
  const { choose } = maker;
  const parents = schema.tables.filter(
    ({ key }) => key === "integer" || key === "autoincrement" || key === "text",
  );
  // The rows that break a foreign key are found by their rowid.
  if (parents.length === 0 || table.withoutRowid) return;
  const parent = choose(...parents);
  const column = bare(maker.id(), maker.name(), parent.key === "text" ? "TEXT" : "INTEGER");
  const actions = choose(
    "",
    "ON DELETE CASCADE",
    "ON DELETE SET NULL ON UPDATE CASCADE",
    "DEFERRABLE INITIALLY DEFERRED",
    "ON DELETE RESTRICT",
  );
  table.columns.push(column);
  table.foreignKeys.push({ column: column.id, parent: parent.id, actions, inline: choose(true, false) });
}

/** Random, as everything here. */
export function makeIndex(maker: Maker, table: Table): Index {
  const { choose } = maker;
  const columns = table.columns.map(({ id }) => id);
  const form = choose<Index["form"]>("plain", "desc", "expression", "partial", "unique");
  return {
    name: `ix ${maker.name()}`,
    table: table.id,
    columns: [choose(...columns), choose(...columns)],
    form,
  };
}

/** A random schema. */
export function makeSchema(choose: Choose): { readonly schema: Schema; readonly maker: Maker } {
  const maker = new Maker(choose);
  const schema: Schema = { tables: [], indexes: [], views: [], triggers: [] };
  for (let count = choose(1, 2, 3); count > 0; count -= 1) schema.tables.push(makeTable(maker));
  for (let count = choose(0, 1, 2); count > 0; count -= 1)
    addForeignKey(maker, schema, choose(...schema.tables));
  for (let count = choose(0, 1, 2); count > 0; count -= 1)
    schema.indexes.push(makeIndex(maker, choose(...schema.tables)));
  const pick = () => choose(...schema.tables).id;
  for (let count = choose(0, 0, 1); count > 0; count -= 1)
    schema.views.push({ name: `view ${maker.name()}`, table: pick(), above: choose(true, false) });
  for (let count = choose(0, 1, 2); count > 0; count -= 1) {
    schema.triggers.push({
      name: `on ${maker.name()}`,
      table: pick(),
      event: choose("INSERT", "UPDATE", "DELETE"),
    });
  }
  return { schema, maker };
}
