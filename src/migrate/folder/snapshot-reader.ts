// The tables and views of a snapshot, member by member. Every refusal names file, place and what was expected.
import { MigrationError } from "../errors.ts";
import type { ModelColumn, ModelForeignKey, ModelIndex, ModelTable, ModelView } from "../schema/model.ts";
import { isObject, isTextList } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** Reads the parts of one snapshot file. */
export class SnapshotReader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** One table. `marks` says of the parts of indexes which are expressions; version 5 has none. */
  table(key: string, value: unknown, marks: JsonObject): ModelTable {
    const where = `table ${key}`;
    const table = this.#checked(value, where);
    const each = <T>(member: string, read: (key: string, value: unknown) => T): T[] =>
      Object.entries(this.optionalObject(table, member)).map(([name, item]) => read(name, item));
    const keys = each("compositePrimaryKeys", (name, item) =>
      this.#columnsOf(item, `${where}, primary key ${name}`),
    );
    return {
      name: this.text(table, "name", where),
      columns: each("columns", (name, item) => this.#column(item, `${where}, column ${name}`)),
      indexes: each("indexes", (name, item) => this.#index(name, item, `${where}, index ${name}`, marks)),
      foreignKeys: each("foreignKeys", (name, item) =>
        this.#foreignKey(name, item, `${where}, foreign key ${name}`),
      ),
      primaryKey: keys[0],
      uniques: each("uniqueConstraints", (name, item) => ({
        name,
        columns: this.#columnsOf(item, `${where}, unique constraint ${name}`),
      })),
      checks: each("checkConstraints", (name, item) => ({
        name,
        expression: this.text(
          this.#checked(item, `${where}, check ${name}`),
          "value",
          `${where}, check ${name}`,
        ),
      })),
    };
  }

  /** One view; of a view that drizzle is only told of, the definition is not known. */
  view(key: string, value: unknown): ModelView {
    const view = this.#checked(value, `view ${key}`);
    const { definition, isExisting } = view;
    const known = typeof definition === "string" && isExisting !== true;
    return { name: this.text(view, "name", `view ${key}`), definition: known ? definition : undefined };
  }

  text(object: JsonObject, key: string, where: string): string {
    const value = object[key];
    if (typeof value === "string") return value;
    throw this.#invalid(where, `"${key}" is ${JSON.stringify(value)}, expected a text`);
  }

  object(object: JsonObject, key: string, where: string): JsonObject {
    return this.#checked(object[key], `${where}, "${key}"`);
  }

  objects(object: JsonObject, key: string, where: string): readonly JsonObject[] {
    const value = object[key];
    if (!Array.isArray(value)) {
      throw this.#invalid(where, `"${key}" is ${JSON.stringify(value)}, expected a list`);
    }
    return value.map((item, at) => this.#checked(item, `${where}, "${key}" ${at}`));
  }

  texts(object: JsonObject, key: string, where: string): readonly string[] {
    const value = object[key];
    if (isTextList(value)) return value;
    throw this.#invalid(where, `"${key}" is ${JSON.stringify(value)}, expected a list of texts`);
  }

  optionalObject(object: JsonObject, key: string): JsonObject {
    return object[key] === undefined ? {} : this.object(object, key, "snapshot");
  }

  #column(value: unknown, where: string): ModelColumn {
    const column = this.#checked(value, where);
    const { generated } = column;
    return {
      name: this.text(column, "name", where),
      type: this.text(column, "type", where),
      notNull: column["notNull"] === true,
      primaryKey: column["primaryKey"] === true,
      autoincrement: column["autoincrement"] === true,
      defaultValue: defaultOf(column["default"]),
      generated: generated === undefined ? undefined : this.#generated(generated, where),
    };
  }

  #generated(value: unknown, where: string): NonNullable<ModelColumn["generated"]> {
    const generated = this.#checked(value, where);
    return {
      expression: this.text(generated, "as", where),
      kind: generated["type"] === "stored" ? "stored" : "virtual",
    };
  }

  #index(key: string, value: unknown, where: string, marks: JsonObject): ModelIndex {
    const index = this.#checked(value, where);
    const marked = this.optionalObject(this.optionalObject(marks, key), "columns");
    return {
      name: typeof index["name"] === "string" ? index["name"] : key,
      unique: index["isUnique"] === true,
      parts: this.#columnsOf(index, where).map((text) => {
        const mark = marked[text];
        return { text, isExpression: isObject(mark) && mark["isExpression"] === true };
      }),
      where: typeof index["where"] === "string" ? index["where"] : undefined,
    };
  }

  #foreignKey(name: string, value: unknown, where: string): ModelForeignKey {
    const key = this.#checked(value, where);
    return {
      name,
      columns: this.texts(key, "columnsFrom", where),
      parent: this.text(key, "tableTo", where),
      parentColumns: this.texts(key, "columnsTo", where),
      onDelete: actionOf(key["onDelete"]),
      onUpdate: actionOf(key["onUpdate"]),
    };
  }

  #columnsOf(value: unknown, where: string): readonly string[] {
    return this.texts(this.#checked(value, where), "columns", where);
  }

  #checked(value: unknown, where: string): JsonObject {
    if (isObject(value)) return value;
    throw this.#invalid(where, `found ${JSON.stringify(value) ?? "nothing"}, expected an object`);
  }

  #invalid(where: string, found: string): MigrationError {
    const message = `${this.#file}: ${where}: ${found}. Take the file back from version control.`;
    return new MigrationError("SNAPSHOT_INVALID", message, { place: { file: this.#file } });
  }
}

/** SQL text as drizzle-kit puts it behind DEFAULT; version 5 kept JSON values as they are. */
function defaultOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  const text = JSON.stringify(value);
  return isObject(value) || Array.isArray(value) ? `'${text.replaceAll("'", "''")}'` : text;
}

function actionOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const action = value.toUpperCase();
  return action === "NO ACTION" || action === "" ? undefined : action;
}
