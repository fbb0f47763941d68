// Snapshots of version 7, as drizzle-kit 1.0 writes them: one flat list of entities. Each table's are put into the form of
// version 6, so that one reader knows the members.
import type { Renames } from "../schema/change.ts";
import type { Model } from "../schema/model.ts";
import type { JsonObject } from "./json.ts";
import type { SnapshotReader } from "./snapshot-reader.ts";

/** The schema that a list of entities says. @throws {MigrationError} SNAPSHOT_INVALID. */
export function readEntities(content: JsonObject, read: SnapshotReader): Model {
  const entities = read.objects(content, "ddl", "snapshot");
  const all = (type: string): JsonObject[] => entities.filter((entity) => entity["entityType"] === type);
  return {
    tables: all("tables").map((entity) => {
      const name = read.text(entity, "name", "table");
      const own = (type: string): Entries =>
        all(type)
          .filter(({ table }) => table === name)
          .map((item) => [read.text(item, "name", `table ${name}, ${type}`), item]);
      return read.table(name, { name, ...membersOf(own, read) }, marksOf(own("indexes"), read));
    }),
    views: all("views").map((entity) => read.view(read.text(entity, "name", "view"), entity)),
  };
}

type Entries = readonly (readonly [name: string, entity: JsonObject])[];

function membersOf(own: (type: string) => Entries, read: SnapshotReader): JsonObject {
  const keys = own("pks").map(([name, key]) => ({ name, columns: read.texts(key, "columns", name) }));
  const single = keys.filter(({ columns }) => columns.length === 1).flatMap(({ columns }) => columns);
  const columns = own("columns").map(([name, column]) => {
    const { default: value, generated, ...rest } = column;
    return [
      name,
      {
        ...rest,
        primaryKey: single.includes(name),
        ...(value === null ? {} : { default: value }),
        ...(generated === null ? {} : { generated }),
      },
    ] as const;
  });
  const indexes = own("indexes").map(
    ([name, index]) =>
      [name, { ...index, columns: partsOf(index, name, read).map(({ text }) => text) }] as const,
  );
  const foreignKeys = own("fks").map(
    ([name, key]) => [name, { ...key, columnsFrom: key["columns"] }] as const,
  );
  return {
    columns: Object.fromEntries(columns),
    indexes: Object.fromEntries(indexes),
    foreignKeys: Object.fromEntries(foreignKeys),
    compositePrimaryKeys: Object.fromEntries(
      keys.filter((key) => key.columns.length > 1).map((key) => [key.name, key]),
    ),
    uniqueConstraints: Object.fromEntries(own("uniques")),
    checkConstraints: Object.fromEntries(own("checks")),
  };
}

/** Version 6 keeps apart what the parts of an index are, and which of them are expressions. */
function marksOf(indexes: Entries, read: SnapshotReader): JsonObject {
  return Object.fromEntries(
    indexes.map(([name, index]) => {
      const parts = partsOf(index, name, read);
      return [name, { columns: Object.fromEntries(parts.map(({ text, ...mark }) => [text, mark])) }];
    }),
  );
}

function partsOf(index: JsonObject, name: string, read: SnapshotReader) {
  return read.objects(index, "columns", `index ${name}`).map((part) => ({
    text: read.text(part, "value", `index ${name}`),
    isExpression: part["isExpression"] === true,
  }));
}

/** `old->new` for a table, `table.old->table.new` for a column, with the table's new name. */
export function readEntityRenames(texts: readonly string[]): Renames {
  const pairs = texts.map((text) => /^(?:(.+?)\.)?(.+)->(?:(.+?)\.)?(.+)$/.exec(text) ?? []);
  return {
    tables: pairs.flatMap(([, owner, from, , to]) =>
      owner !== undefined || from === undefined || to === undefined ? [] : [{ from, to }],
    ),
    columns: pairs.flatMap(([, , from, table, to]) =>
      table === undefined || from === undefined || to === undefined ? [] : [{ table, from, to }],
    ),
  };
}
