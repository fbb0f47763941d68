// What of some snapshots is there after a revision: tables, columns, indexes and views, of each the newest word.
import { type Capture, findTable } from "../../schema/capture.ts";
import type { Layout } from "../../history/revision.ts";
import { sameName } from "../../sql/sql-tokens.ts";
import { isObject, type JsonObject } from "../../folder/json.ts";

/** The members of a snapshot that say the schema, put together from snapshots, of which the last is the newest. */
export function partsOf(layout: Layout, texts: readonly string[], capture: Capture): JsonObject {
  const contents = texts.map(objectOf);
  if (layout === "folders") return { ddl: entitiesOf(contents, capture) };
  return membersOf(contents.at(-2) ?? {}, contents.at(-1) ?? {}, capture);
}

/** A snapshot's text as an object. */
export function objectOf(text: string): JsonObject {
  const content: unknown = JSON.parse(text);
  return isObject(content) ? content : {};
}

const hasObject = ({ objects }: Capture, kind: string, name: string): boolean =>
  objects.some((object) => object.kind === kind && sameName(object.name, name));

function membersOf(old: JsonObject, next: JsonObject, capture: Capture): JsonObject {
  const tables = Object.entries({ ...member(old, "tables"), ...member(next, "tables") }).flatMap(
    ([name, table]) => {
      const columns = findTable(capture, name)?.columns;
      if (columns === undefined || !isObject(table)) return [];
      const was = member(member(old, "tables"), name);
      const merge = (key: string, isThere: (part: string) => boolean) =>
        Object.fromEntries(
          Object.entries({ ...member(was, key), ...member(table, key) }).filter(([part]) => isThere(part)),
        );
      const merged = {
        ...table,
        columns: merge("columns", (part) => columns.some((column) => sameName(column.name, part))),
        indexes: merge("indexes", (part) => hasObject(capture, "index", part)),
      };
      return [[name, merged] as const];
    },
  );
  const views = Object.entries({ ...member(old, "views"), ...member(next, "views") });
  return {
    tables: Object.fromEntries(tables),
    views: Object.fromEntries(views.filter(([name]) => hasObject(capture, "view", name))),
  };
}

function member(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** Version 7 has one flat list. Keys and constraints are those of the newest snapshot that has their table. */
function entitiesOf(contents: readonly JsonObject[], capture: Capture): readonly JsonObject[] {
  const entities = new Map<string, JsonObject>();
  const tables = new Set<unknown>();
  for (const { ddl } of contents.toReversed()) {
    const own = (Array.isArray(ddl) ? ddl : []).filter((entity) => isObject(entity));
    for (const entity of own) {
      const { entityType, table, name } = entity;
      const key = JSON.stringify([entityType, table, name]);
      const isListed = entityType === "columns" || entityType === "indexes";
      if (entities.has(key) || (!isListed && tables.has(table))) continue;
      entities.set(key, entity);
    }
    for (const { entityType, name } of own) if (entityType === "tables") tables.add(name);
  }
  return [...entities.values()].filter((entity) => isPresent(entity, capture));
}

function isPresent(entity: JsonObject, capture: Capture): boolean {
  const { entityType } = entity;
  const [name, owner] = [String(entity["name"]), String(entity["table"])];
  if (entityType === "views") return hasObject(capture, "view", name);
  const columns = findTable(capture, entityType === "tables" ? name : owner)?.columns;
  if (columns === undefined) return false;
  if (entityType === "indexes") return hasObject(capture, "index", name);
  const named: readonly unknown[] = Array.isArray(entity["columns"]) ? entity["columns"] : [];
  const needed = entityType === "columns" ? [name] : named;
  return needed.every((need) => columns.some((column) => sameName(column.name, String(need))));
}
