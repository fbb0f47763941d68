// Random changes of a schema.
import { addForeignKey, makeColumn, makeIndex, makeTable, type Maker } from "./schema-generator.ts";
import type { Column, Schema, Table } from "./schema-model.ts";

type Edit = (schema: Schema, maker: Maker) => void;

/** A column that is neither a key nor a foreign key. */
function withColumn(change: (column: Column, table: Table, maker: Maker, schema: Schema) => void): Edit {
  return (schema, maker) => {
    if (schema.tables.length === 0) return;
    const table = maker.choose(...schema.tables);
    const plain = table.columns.filter(
      ({ id }) => id > 1 && !table.foreignKeys.some((key) => key.column === id),
    );
    if (plain.length > 0) change(maker.choose(...plain), table, maker, schema);
  };
}

function dropTable(schema: Schema, id: number): void {
  schema.tables = schema.tables.filter((table) => table.id !== id);
  for (const table of schema.tables) table.foreignKeys = table.foreignKeys.filter((key) => key.parent !== id);
}

const edits: Readonly<Record<string, Edit>> = {
  addTable: (schema, maker) => void schema.tables.push(makeTable(maker)),
  dropTable: (schema, { choose }) =>
    schema.tables.length > 0 && dropTable(schema, choose(...schema.tables).id),
  renameTable: (schema, maker) => {
    if (schema.tables.length > 0) maker.choose(...schema.tables).name = maker.name();
  },
  swapTables: ({ tables: [a, b] }) => {
    if (a !== undefined && b !== undefined) [a.name, b.name] = [b.name, a.name];
  },
  replaceTable: (schema, maker) => {
    const [a, b] = schema.tables;
    if (a === undefined || b === undefined) return;
    dropTable(schema, a.id);
    b.name = maker.choose(a.name, b.name);
  },
  addColumn: (schema, maker) => {
    if (schema.tables.length === 0) return;
    const table = maker.choose(...schema.tables);
    table.columns.splice(maker.choose(table.columns.length, 2), 0, makeColumn(maker, table.strict));
  },
  dropColumn: withColumn((column, table) => {
    table.columns = table.columns.filter((other) => other !== column);
  }),
  replaceColumn: withColumn((column, table, maker) => {
    const other = table.columns.find(
      ({ id }) => id > 1 && id !== column.id && !table.foreignKeys.some((key) => key.column === id),
    );
    if (other === undefined) return;
    table.columns = table.columns.filter((candidate) => candidate !== column);
    other.name = maker.choose(column.name, other.name);
  }),
  renameColumn: withColumn((column, _table, maker) => void (column.name = maker.name())),
  swapColumns: withColumn((column, table) => {
    const other = table.columns.find(({ id }) => id !== column.id);
    if (other !== undefined) [column.name, other.name] = [other.name, column.name];
  }),
  renameKey: (schema, maker) => {
    const table = schema.tables.find(({ key }) => key !== "none");
    if (table?.columns[0] !== undefined) table.columns[0].name = maker.name();
  },
  redefineColumn: withColumn((column, table, maker) => {
    Object.assign(column, { ...makeColumn(maker, table.strict, column.id), name: column.name });
  }),
  toggleNull: withColumn(
    (column) => void (column.notNull = column.generated === undefined && !column.notNull),
  ),
  toggleUnique: withColumn(
    (column) => void (column.unique = column.generated === undefined && !column.unique),
  ),
  toggleAutoincrement: (schema) => {
    const table = schema.tables.find(({ key }) => key === "integer" || key === "autoincrement");
    if (table !== undefined) table.key = table.key === "integer" ? "autoincrement" : "integer";
  },
  addForeignKey: (schema, maker) =>
    schema.tables.length > 0 && addForeignKey(maker, schema, maker.choose(...schema.tables)),
  dropForeignKey: (schema, { choose }) => {
    const table = schema.tables.find(({ foreignKeys }) => foreignKeys.length > 0);
    const [key] = table?.foreignKeys ?? [];
    if (table === undefined || key === undefined) return;
    table.foreignKeys = table.foreignKeys.filter((other) => other !== key);
    if (choose(true, false)) table.columns = table.columns.filter(({ id }) => id !== key.column);
  },
  addIndex: (schema, maker) => {
    // An earlier edit may have taken the last column of a table.
    const tables = schema.tables.filter(({ columns }) => columns.length > 0);
    if (tables.length > 0) schema.indexes.push(makeIndex(maker, maker.choose(...tables)));
  },
  dropIndex: (schema) => void schema.indexes.shift(),
  dropView: (schema) => void schema.views.shift(),
  dropTrigger: (schema) => void schema.triggers.shift(),
};

/** The same schema after some random changes, and what they were. */
export function editSchema(
  schema: Schema,
  maker: Maker,
): { readonly edited: Schema; readonly names: readonly string[] } {
  const edited = structuredClone(schema);
  const names: string[] = [];
  for (let count = maker.choose(1, 2, 3); count > 0; count -= 1) {
    const name = maker.choose(...Object.keys(edits));
    names.push(name);
    edits[name]?.(edited, maker);
  }
  // A table needs a column besides its marker.
  for (const table of edited.tables)
    if (table.columns.length === 0) table.columns.push(makeColumn(maker, table.strict));
  return { edited: takeOver(schema, edited), names };
}

/** What is new under the name of something that is gone cannot be told from it, and so takes over its identity. */
function takeOver(before: Schema, after: Schema): Schema {
  const ids = new Map<number, number>();
  const match = (
    olds: readonly { id: number; name: string }[],
    news: readonly { id: number; name: string }[],
  ) => {
    for (const { id, name } of news) {
      const gone = olds.find((old) => old.name === name && !news.some((other) => other.id === old.id));
      if (gone !== undefined && !olds.some((old) => old.id === id)) ids.set(id, gone.id);
    }
  };
  match(before.tables, after.tables);
  const now = (id: number) => ids.get(id) ?? id;
  for (const table of after.tables)
    match(before.tables.find(({ id }) => id === now(table.id))?.columns ?? [], table.columns);
  return {
    ...after,
    tables: after.tables.map((table) => ({
      ...table,
      id: now(table.id),
      columns: table.columns.map((column) => ({ ...column, id: now(column.id) })),
      foreignKeys: table.foreignKeys.map((key) => ({
        ...key,
        column: now(key.column),
        parent: now(key.parent),
      })),
    })),
    indexes: after.indexes.map((index) => ({
      ...index,
      table: now(index.table),
      columns: index.columns.map(now),
    })),
    views: after.views.map((view) => ({ ...view, table: now(view.table) })),
    triggers: after.triggers.map((trigger) => ({ ...trigger, table: now(trigger.table) })),
  };
}
