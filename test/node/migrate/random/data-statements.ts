// Random small schemas, and random revisions that change their rows or look as if they did.
import type { Choose } from "./schema-generator.ts";

/** A table: an id, texts and whole numbers. */
export interface SmallTable {
  readonly name: string;
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
  readonly sql: string;
}

/** A revision, by its statements. */
export interface DataRevision {
  readonly what: string;
  readonly statements: readonly string[];
  /** Whether a downgrade planned from the schemas restores all rows. */
  readonly harmless: boolean;
}

const texts = ["starter", "Starter", " STARTER ", "a@spam.example", "x_y", ""];
const numbers = ["0", "1", "3", "5", "-7"];
const text = (choose: Choose): string => `'${choose(...texts)}'`;

/** Two or three tables; each but the first refers to it. */
export function smallSchema(choose: Choose): SmallTable[] {
  const names = ["users", choose("posts", "Order Lines"), "tags"].slice(0, choose(2, 3));
  return names.map((name, at): SmallTable => {
    const own = {
      texts: ["email", "plan"].slice(0, choose(1, 2)),
      numbers: ["age", "user_id"].slice(0, at === 0 ? 1 : 2),
    };
    const reference = at > 0 && choose(true, false) ? " REFERENCES users(id) ON DELETE CASCADE" : "";
    const columns = [
      `id integer PRIMARY KEY${choose(" NOT NULL", "")}`,
      ...own.texts.map((column) => `${column} text${choose("", " DEFAULT 'free'")}`),
      ...own.numbers.map((column) => `${column} integer${column === "user_id" ? reference : ""}`),
    ];
    return { name, ...own, sql: `CREATE TABLE \`${name}\` (${columns.join(", ")})` };
  });
}

/** Rows of every combination of the values that conditions ask for. */
export function meetingRows(tables: readonly SmallTable[]): string[] {
  return tables.flatMap(({ name, texts: own, numbers: counts }) =>
    texts.flatMap((one, row) =>
      numbers.map((number, at) => {
        const second = texts[(row + at) % texts.length] ?? "";
        const values = [
          ...own.map((_, place) => `'${place === 0 ? one : second}'`),
          ...counts.map((column) => (column === "user_id" ? String(1 + at) : number)),
        ];
        return `INSERT INTO \`${name}\` (${[...own, ...counts].join(", ")}) VALUES (${values.join(", ")})`;
      }),
    ),
  );
}

function condition(choose: Choose, tables: readonly SmallTable[], table: SmallTable, depth = 0): string {
  const column = `\`${table.name}\`.${choose(...table.texts)}`;
  const number = `\`${table.name}\`.${choose(...table.numbers)}`;
  const other = choose(...tables.filter(({ name }) => name !== table.name));
  const inner = (): string => (depth > 1 ? "1" : condition(choose, tables, choose(table, other), depth + 1));
  const own = (): string => (depth > 1 ? "1" : condition(choose, tables, table, depth + 1));
  const subselect = depth > 1 ? "1" : condition(choose, tables, other, depth + 1);
  return choose(
    () => `lower(${column}) = 'starter'`,
    () => `${column} LIKE '%${choose("spam", "tart")}%'`,
    () => `${column} GLOB 'S*'`,
    () => `${column} = ${text(choose)}`,
    () => `${column} IN (${text(choose)}, ${text(choose)})`,
    () => `trim(${column}) <> ${column}`,
    () => `${number} BETWEEN 1 AND 4`,
    () => `${number} ${choose(">", "<>", "=")} ${choose(...numbers)}`,
    () =>
      `\`${table.name}\`.id IN (SELECT ${choose(...other.numbers)} FROM \`${other.name}\` WHERE ${subselect})`,
    () => `EXISTS (SELECT 1 FROM \`${other.name}\` WHERE \`${other.name}\`.id = ${number} AND ${subselect})`,
    () => `NOT (${own()})`,
    () => `(${own()} ${choose("AND", "OR")} ${own()})`,
    () => (inner(), "1"),
  )();
}

/** A revision that changes rows; the columns of the tables are as the first revision makes them. */
export function dataRevision(choose: Choose, tables: readonly SmallTable[]): DataRevision {
  const table = choose(...tables);
  const made = choose(...makers)(choose, table, tables);
  const comment = choose("", "-- a comment; UPDATE nothing\n", "/* DELETE */ ");
  const spell = choose(
    (sql: string) => sql,
    (sql: string) =>
      sql.replaceAll(/\b(?:UPDATE|DELETE|INSERT|FROM|WHERE|SET|INTO|SELECT|REPLACE)\b/g, (word) =>
        word.toLowerCase(),
      ),
  );
  return { ...made, statements: made.statements.map((sql) => comment + spell(sql)) };
}

type Make = (choose: Choose, table: SmallTable, tables: readonly SmallTable[]) => DataRevision;

const change = (what: string, ...statements: readonly string[]): DataRevision => ({
  what,
  statements,
  harmless: false,
});
const keep = (what: string, ...statements: readonly string[]): DataRevision => ({
  what,
  statements,
  harmless: true,
});

function value(choose: Choose, column: string): string {
  return choose(
    `lower(trim(${column}))`,
    "'basic'",
    `${column} || 'x'`,
    "NULL",
    `replace(${column}, 'a', 'b')`,
  );
}

/** A rebuild: a new table, a copy, and the name. */
function rebuild(
  { name, sql, texts: own, numbers: counts }: SmallTable,
  values: ReadonlyMap<string, string>,
  tail = "",
): string[] {
  const temporary = "__new_table";
  const columns = ["id", ...own, ...counts];
  const selected = columns.map((column) => values.get(column) ?? column);
  return [
    sql.replace(`\`${name}\``, temporary),
    `INSERT INTO ${temporary} (${columns.join(", ")}) SELECT ${selected.join(", ")} FROM \`${name}\`${tail}`,
    `DROP TABLE \`${name}\``,
    `ALTER TABLE ${temporary} RENAME TO \`${name}\``,
  ];
}

const makers: readonly Make[] = [
  (choose, table, tables) => {
    const column = choose(...table.texts);
    const where = choose("", ` WHERE ${condition(choose, tables, table)}`);
    return change(
      "update",
      `UPDATE${choose("", " OR IGNORE")} \`${table.name}\` SET ${column} = ${value(choose, column)}${where}`,
    );
  },
  (choose, table, tables) =>
    change("delete", `DELETE FROM \`${table.name}\` WHERE ${condition(choose, tables, table)}`),
  (choose, table, tables) =>
    change(
      "with",
      `WITH found AS (SELECT id FROM \`${table.name}\` WHERE ${condition(choose, tables, table)}) ` +
        choose(`DELETE FROM \`${table.name}\``, `UPDATE \`${table.name}\` SET ${table.texts[0]} = 'basic'`) +
        " WHERE id IN (SELECT id FROM found)",
    ),
  (choose, table, tables) => {
    const other = choose(...tables.filter(({ name }) => name !== table.name));
    const where = `o.id = \`${table.name}\`.${table.numbers[0]} AND o.${other.texts[0]} LIKE '%tart%'`;
    return change(
      "update from",
      `UPDATE \`${table.name}\` SET ${table.texts[0]} = o.${other.texts[0]} || '!' FROM \`${other.name}\` AS o WHERE ${where}`,
    );
  },
  (choose, table) =>
    change("insert", `INSERT INTO \`${table.name}\` (${table.texts[0]}) VALUES (${text(choose)})`),
  (choose, table) =>
    change(
      "replace",
      `${choose("REPLACE", "INSERT OR REPLACE")} INTO \`${table.name}\` (id, ${table.texts[0]}) VALUES (${choose(...numbers)}, 'new')`,
    ),
  (_, table) =>
    change(
      "upsert",
      `INSERT INTO \`${table.name}\` (id, ${table.texts[0]}) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET ${table.texts[0]} = 'b'`,
    ),
  (choose, table, tables) =>
    change(
      "insert select",
      `INSERT INTO \`${table.name}\` (${table.texts[0]}) SELECT ${table.texts[0]} FROM \`${table.name}\` WHERE ${condition(choose, tables, table)}`,
    ),
  (choose, table) => {
    const column = choose(...table.texts);
    return change("changing rebuild", ...rebuild(table, new Map([[column, value(choose, column)]])));
  },
  (choose, table, tables) =>
    change("filtering rebuild", ...rebuild(table, new Map(), ` WHERE (${condition(choose, tables, table)})`)),
  (choose, table) => {
    const [column = ""] = table.texts;
    const type =
      /(?:email|plan) text(?: DEFAULT 'free')?/.exec(table.sql)?.[0].replace(column, "fresh") ?? "";
    return change(
      "column in the place of another",
      `ALTER TABLE \`${table.name}\` ADD ${type}`,
      `UPDATE \`${table.name}\` SET fresh = ${value(choose, column)}`,
      `ALTER TABLE \`${table.name}\` DROP COLUMN ${column}`,
      `ALTER TABLE \`${table.name}\` RENAME COLUMN fresh TO ${column}`,
    );
  },
  (_, table) => keep("rebuild", ...rebuild(table, new Map())),
  (choose, table, tables) =>
    keep(
      "backfill",
      `ALTER TABLE \`${table.name}\` ADD slug text`,
      `UPDATE \`${table.name}\` SET slug = lower(${table.texts[0]}) WHERE ${condition(choose, tables, table)}`,
    ),
  (choose) =>
    keep(
      "seed",
      "CREATE TABLE kinds (id integer PRIMARY KEY, name text)",
      `INSERT INTO kinds VALUES (1, ${text(choose)}), (2, 'x')`,
      "UPDATE kinds SET name = 'y' WHERE id = 2",
    ),
  (_, table) =>
    keep("copy", `CREATE TABLE copies AS SELECT id, lower(${table.texts[0]}) AS low FROM \`${table.name}\``),
];
