// Changes made by hand to the base schema: every object dropped, changed and added in every way that there is.
import {
  type Column,
  createTable,
  fullText,
  indexes,
  type Part,
  type Table,
  tables,
  triggers,
  views,
} from "./base-schema.ts";

/** One drift: what somebody did, and the objects that it has to be found in. */
export interface Drift {
  readonly what: string;
  readonly objects: readonly string[];
  readonly statements: readonly string[];
}

/** All of them, of which a test takes a part by its seed. */
export function allDrifts(): readonly Drift[] {
  return [...parts(), ...tables.flatMap(columnDrifts), ...tableDrifts(), ...added(), ...fullTextDrifts()];
}

const words: readonly (readonly [was: string, is: string])[] = [
  [" (title)", " (title, pages)"],
  ["pages > 10", "pages > 11"],
  ["DESC", "ASC"],
  ["NOCASE", "RTRIM"],
  ["lower", "upper"],
  ["UNIQUE ", ""],
  ["AFTER", "BEFORE"],
  ["WHEN new.email IS NULL ", ""],
  ["'no'", "'never'"],
  ["VALUES (new.email)", "VALUES (lower(new.email))"],
  [">= 18", "> 18"],
  ["b.title", "b.title, b.pages"],
  ["JOIN", "LEFT JOIN"],
  [" WHERE pages", " WHERE title IS NOT NULL AND pages"],
];

/** Indexes, triggers and views: gone, or with another word in them. */
function parts(): Drift[] {
  return [...indexes, ...triggers, ...views].flatMap((part) => {
    const dropped = `DROP ${part.object}`;
    const under = triggers.filter(
      ({ table, object }) =>
        table === part.table && part.object === `view ${table}` && object !== part.object,
    );
    const gone: Drift = {
      what: `${part.object} dropped`,
      objects: [part.object, ...under.map(({ object }) => object)],
      statements: [dropped],
    };
    const changed = words
      .filter(([was]) => part.sql.includes(was))
      .map(([was, is]): Drift => ({
        what: `${part.object}: ${was.trim()} is now ${is.trim() || "nothing"}`,
        objects: [part.object],
        statements: [dropped, part.sql.replace(was, is), ...under.map(({ sql }) => sql)],
      }));
    return [gone, ...changed];
  });
}

/** Somebody who makes a table anew makes again what stood on it. */
function rebuild(table: Table, changed: Table): string[] {
  const on = (part: Part): boolean => part.table === table.name;
  return [
    ...views.map(({ object }) => `DROP ${object}`),
    `DROP TABLE ${table.name}`,
    createTable(changed),
    ...indexes.filter(on).map(({ sql }) => sql),
    ...views.map(({ sql }) => sql),
    ...triggers
      .filter((part) => on(part) || views.some((view) => view.table === part.table))
      .map(({ sql }) => sql),
  ];
}

function changedTable(table: Table, what: string, changes: Partial<Table>): Drift {
  const changed = { ...table, ...changes };
  return {
    what: `${table.name}: ${what}`,
    objects: [`table ${table.name}`],
    statements: rebuild(table, changed),
  };
}

/** What may happen to a column; undefined where it does not fit. */
const columnChanges: Readonly<Record<string, (column: Column) => Column | undefined>> = {
  type: (column) =>
    column.rest.includes("KEY") ? undefined : { ...column, type: column.type === "TEXT" ? "BLOB" : "TEXT" },
  "not null": (column) =>
    /KEY|GENERATED/.test(column.rest)
      ? undefined
      : column.rest.includes("NOT NULL")
        ? { ...column, rest: column.rest.replace("NOT NULL", "").trim() }
        : { ...column, rest: `NOT NULL ${column.rest}`.trim() },
  default: (column) =>
    /KEY|GENERATED/.test(column.rest)
      ? undefined
      : column.rest.includes("DEFAULT")
        ? { ...column, rest: column.rest.replace(/DEFAULT \S+/, "DEFAULT 7") }
        : { ...column, rest: `${column.rest} DEFAULT 7`.trim() },
  collation: (column) =>
    column.type !== "TEXT" || column.rest.includes("KEY")
      ? undefined
      : column.rest.includes("COLLATE")
        ? { ...column, rest: column.rest.replace(/COLLATE \S+/, "").trim() }
        : { ...column, rest: `${column.rest} COLLATE RTRIM`.trim() },
  check: (column) =>
    column.rest.includes("CHECK")
      ? { ...column, rest: column.rest.replace("> 0", "> 1") }
      : { ...column, rest: `${column.rest} CHECK (${column.name} <> 9)`.trim() },
  autoincrement: (column) =>
    column.rest.includes("AUTOINCREMENT") ? { ...column, rest: "PRIMARY KEY" } : undefined,
  "foreign key action": (column) =>
    column.rest.includes("CASCADE")
      ? { ...column, rest: column.rest.replace("CASCADE", "SET NULL") }
      : undefined,
  "foreign key": (column) => (column.rest.includes("REFERENCES") ? { ...column, rest: "" } : undefined),
  expression: (column) =>
    column.rest.includes("* 2") ? { ...column, rest: column.rest.replace("* 2", "* 3") } : undefined,
  kind: (column) =>
    column.rest.includes("VIRTUAL")
      ? { ...column, rest: column.rest.replace("VIRTUAL", "STORED") }
      : undefined,
};

function columnDrifts(table: Table): Drift[] {
  return table.columns.flatMap((column, at) =>
    Object.entries(columnChanges).flatMap(([what, change]) => {
      const changed = change(column);
      // A strict table wants types that it knows, and its rowid's alias as it is.
      if (changed === undefined) return [];
      return [changedTable(table, `${what} of ${column.name}`, { columns: table.columns.with(at, changed) })];
    }),
  );
}

function tableDrifts(): Drift[] {
  return tables.flatMap((table) => {
    const object = `table ${table.name}`;
    const [, second] = table.columns;
    const free = table.columns.find(({ name }) => name === "note" || name === "blurb" || name === "n");
    const by = (what: string, statement: string): Drift => ({
      what: `${table.name}: ${what}`,
      objects: [object],
      statements: [statement],
    });
    const options = ["", "STRICT", "WITHOUT ROWID"].filter(
      (option) =>
        option !== table.options && !(option === "WITHOUT ROWID" && table.columns[0]?.rest.includes("AUTO")),
    );
    return [
      by("column added", `ALTER TABLE ${table.name} ADD by_hand TEXT`),
      ...(free === undefined
        ? []
        : [
            by("column dropped", `ALTER TABLE ${table.name} DROP COLUMN ${free.name}`),
            by("column renamed", `ALTER TABLE ${table.name} RENAME ${free.name} TO other`),
          ]),
      ...options.map((option) =>
        changedTable(table, `${option || "no option"} instead of ${table.options || "none"}`, {
          options: option,
        }),
      ),
      changedTable(table, "unique added", {
        constraints: [...table.constraints, `UNIQUE (${second?.name ?? ""})`],
      }),
      changedTable(table, "check added", { constraints: [...table.constraints, "CHECK (1 < 2)"] }),
      ...(table.constraints.length === 0
        ? []
        : [changedTable(table, "constraint dropped", { constraints: [] })]),
      ...(table.name === "tags" || table.name === "facts"
        ? [
            by("dropped", `DROP TABLE ${table.name}`),
            {
              ...by("renamed", `ALTER TABLE ${table.name} RENAME TO renamed`),
              objects: [object, "table renamed"],
            },
          ]
        : []),
    ];
  });
}

function added(): Drift[] {
  const add = (object: string, statement: string): Drift => ({
    what: `${object} added`,
    objects: [object],
    statements: [statement],
  });
  return [
    add("table by_hand", "CREATE TABLE by_hand (id INTEGER PRIMARY KEY)"),
    add("table by_hand", "CREATE VIRTUAL TABLE by_hand USING fts5(x)"),
    add("index by_hand", "CREATE INDEX by_hand ON authors (age) WHERE age IS NOT NULL"),
    add("index by_hand", "CREATE INDEX by_hand ON books (pages % 10)"),
    add("trigger by_hand", "CREATE TRIGGER by_hand AFTER DELETE ON facts BEGIN DELETE FROM tags; END"),
    add("view by_hand", "CREATE VIEW by_hand AS SELECT label FROM tags"),
  ];
}

function fullTextDrifts(): Drift[] {
  const change = (what: string, ...statements: readonly string[]): Drift => ({
    what: `search: ${what}`,
    objects: ["table search"],
    statements,
  });
  return [
    change("dropped", "DROP TABLE search"),
    change("another tokenizer", "DROP TABLE search", fullText.replace("porter", "unicode61")),
    change("another column", "DROP TABLE search", fullText.replace("blurb", "blurb, author")),
  ];
}
