// The rows of a case: boundary values in every column, linked children; and the edits between upgrade and downgrade.
import type { Model, ModelColumn, ModelTable } from "../../../../src/migrate/schema/model.ts";

const integers = [
  "7",
  "-1",
  "9223372036854775807",
  "-9223372036854775808",
  "NULL",
  "9007199254740993",
  "0",
  "2",
];
const texts = [
  "'plain'",
  "''",
  "'it''s `q` \"d\"'",
  "CAST(x'61006200' AS TEXT)",
  "NULL",
  "'ř😀'",
  "'5'",
  "'line' || char(10) || '-- x'",
];
const reals = ["0.1", "-1e300", "5e-324", "3.0", "NULL", "1.5", "-0.0", "2.25"];
const blobs = ["x'00ff00'", "x''", "x'c328'", "x'27'", "NULL", "x'80'", "x'0a'", "x'00'"];
const ids = ["1", "2", "3", "7", "40", "9007199254740993"];

type Values = Readonly<Record<string, readonly string[]>>;

function valuesOf(type: string): readonly string[] {
  const lower = type.toLowerCase();
  if (lower.includes("int")) return integers;
  if (lower.includes("text") || lower.includes("char")) return texts;
  if (lower.includes("blob")) return blobs;
  return reals;
}

function valueAt(table: ModelTable, column: ModelColumn, row: number, values: Values): string {
  const given = values[`${table.name}.${column.name}`];
  const key = table.foreignKeys.find(({ columns }) => columns.length === 1 && columns[0] === column.name);
  if (given !== undefined) return given[row % given.length] ?? "NULL";
  if (key !== undefined) return row === 4 && !column.notNull ? "NULL" : (ids[row % 3] ?? "1");
  const isKey = column.primaryKey || table.primaryKey?.includes(column.name) === true;
  const offered = isKey && column.type.toLowerCase() === "integer" ? ids : valuesOf(column.type);
  // Two columns of one type must not hold the same: a swap would not be seen.
  const shift = isKey ? 0 : table.columns.indexOf(column);
  const value = offered[(row + shift) % offered.length] ?? "NULL";
  return value === "NULL" && (column.notNull || isKey) ? `'${row}'` : value;
}

const rowCount = 6;

/** Statements that fill the tables of a model. */
export function fillStatements(model: Model, values: Values = {}): string[] {
  return model.tables.map((table) => {
    const columns = table.columns.filter(({ generated }) => generated === undefined);
    const rows = Array.from(
      { length: rowCount },
      (_, row) => `(${columns.map((column) => valueAt(table, column, row, values)).join(", ")})`,
    );
    return `INSERT INTO "${table.name}" (${columns.map(({ name }) => `"${name}"`).join(", ")}) VALUES ${rows.join(", ")}`;
  });
}

/**
 * What people do between an upgrade and a downgrade, in the schema after the upgrade: one row deleted, one edited, one
 * new. Statements that a constraint may refuse are tried one by one.
 */
export function editStatements(model: Model, values: Values = {}): string[] {
  return model.tables.flatMap((table) => {
    const rowid = `(SELECT min(rowid) + 2 FROM "${table.name}")`;
    const free = table.columns.filter((column) => isFree(table, column, values));
    const columns = table.columns.filter(({ generated }) => generated === undefined);
    const fresh = columns.map((column) => freshValue(table, column, values));
    return [
      `INSERT INTO "${table.name}" (${columns.map(({ name }) => `"${name}"`).join(", ")}) VALUES (${fresh.join(", ")})`,
      ...free.map(
        (column) =>
          `UPDATE "${table.name}" SET "${column.name}" = ${editedValue(column)} WHERE rowid = (SELECT min(rowid) + 1 FROM "${table.name}")`,
      ),
      `DELETE FROM "${table.name}" WHERE rowid = ${rowid}`,
    ];
  });
}

function isFree(table: ModelTable, column: ModelColumn, values: Values): boolean {
  const isKey = column.primaryKey || table.primaryKey?.includes(column.name) === true;
  const isLinked = table.foreignKeys.some(({ columns }) => columns.includes(column.name));
  return (
    !isKey &&
    !isLinked &&
    column.generated === undefined &&
    values[`${table.name}.${column.name}`] === undefined
  );
}

function editedValue(column: ModelColumn): string {
  const lower = column.type.toLowerCase();
  if (lower.includes("int")) return "4611686018427387905";
  if (lower.includes("blob")) return "x'ed17'";
  return lower.includes("text") ? "'edited'" : "0.75";
}

function freshValue(table: ModelTable, column: ModelColumn, values: Values): string {
  const given = values[`${table.name}.${column.name}`];
  if (column.primaryKey || table.primaryKey?.includes(column.name) === true) {
    return column.type.toLowerCase() === "integer" ? "4242" : "'fresh'";
  }
  const isLinked = table.foreignKeys.some(({ columns }) => columns.includes(column.name));
  if (isLinked) return column.notNull ? "1" : "NULL";
  if (given !== undefined) return given[0] ?? "NULL";
  const lower = column.type.toLowerCase();
  if (lower.includes("int")) return "5150";
  if (lower.includes("blob")) return "x'f4e5'";
  return lower.includes("text") ? "'fresh'" : "0.125";
}
