// Writes a table definition as CREATE TABLE, in drizzle-kit's way of writing.
import { quoteName, sameName } from "./sql-tokens.ts";
import type {
  ColumnDefinition,
  ForeignKeyDefinition,
  PrimaryKeyDefinition,
  TableDefinition,
  UniqueDefinition,
} from "./table-definition.ts";

/** The CREATE TABLE of a definition, under its own name. */
export function writeTable(table: TableDefinition): string {
  const key = table.primaryKey;
  // The rowid's alias and AUTOINCREMENT are written at the column if that is possible, as drizzle-kit does.
  const isInline = key?.columns.length === 1 && key.suffixes.join("") === "";
  const parts = table.columns.map((column) => {
    const isKey = isInline && sameName(key.columns[0] ?? "", column.name);
    return writeColumn(column, isKey ? writeInlineKey(key) : "");
  });
  if (key !== undefined && !isInline) {
    const autoincrement = key.autoincrement ? " AUTOINCREMENT" : "";
    parts.push(`PRIMARY KEY(${writeKey(key)}${autoincrement})${writeConflict(key.onConflict)}`);
  }
  for (const unique of table.uniques)
    parts.push(`UNIQUE(${writeKey(unique)})${writeConflict(unique.onConflict)}`);
  for (const foreignKey of table.foreignKeys) parts.push(writeForeignKey(foreignKey));
  for (const check of table.checks) {
    const name = check.name === undefined ? "" : `CONSTRAINT ${quoteName(check.name)} `;
    parts.push(`${name}CHECK(${check.expression})`);
  }
  const options = [...(table.strict ? ["STRICT"] : []), ...(table.withoutRowid ? ["WITHOUT ROWID"] : [])];
  const tail = options.length > 0 ? ` ${options.join(", ")}` : "";
  return `CREATE TABLE ${quoteName(table.name)} (\n\t${parts.join(",\n\t")}\n)${tail}`;
}

/** A column as it stands in CREATE TABLE and in ADD COLUMN. */
export function writeColumn(column: ColumnDefinition, key = ""): string {
  const { generated } = column;
  return [
    quoteName(column.name),
    column.type,
    key,
    generated === undefined
      ? ""
      : `GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`,
    column.defaultValue === undefined ? "" : `DEFAULT ${column.defaultValue}`,
    column.notNull ? `NOT NULL${writeConflict(column.notNullConflict)}` : "",
    column.collate === undefined ? "" : `COLLATE ${column.collate}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** The part of a column that says what it refers to; for ADD COLUMN, which knows no other form. */
export function writeReferences(foreignKey: ForeignKeyDefinition): string {
  const { parent, parentColumns, onUpdate, onDelete, rest } = foreignKey;
  const columns = parentColumns.length === 0 ? "" : `(${parentColumns.map(quoteName).join(",")})`;
  return [
    `REFERENCES ${quoteName(parent)}${columns}`,
    onUpdate === undefined ? "" : `ON UPDATE ${onUpdate}`,
    onDelete === undefined ? "" : `ON DELETE ${onDelete}`,
    rest,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function writeForeignKey(foreignKey: ForeignKeyDefinition): string {
  return `FOREIGN KEY (${foreignKey.columns.map(quoteName).join(",")}) ${writeReferences(foreignKey)}`;
}

function writeKey({ columns, suffixes }: UniqueDefinition): string {
  return columns.map((column, at) => `${quoteName(column)} ${suffixes[at] ?? ""}`.trimEnd()).join(", ");
}

function writeInlineKey(key: PrimaryKeyDefinition): string {
  const order = key.descending ? " DESC" : "";
  return `PRIMARY KEY${order}${writeConflict(key.onConflict)}${key.autoincrement ? " AUTOINCREMENT" : ""}`;
}

function writeConflict(onConflict: string | undefined): string {
  return onConflict === undefined ? "" : ` ON CONFLICT ${onConflict}`;
}
