// What a picture shows and marks, and that both forms of it can be read by what draws them.
import { describe, expect, it } from "vitest";
import type { Renames } from "../../../../src/migrate/schema/change.ts";
import { writeMermaid } from "../../../../src/migrate/schema/diagram-mermaid.ts";
import { buildDiagram, compareDiagrams } from "../../../../src/migrate/schema/diagram.ts";
import type { Model, ModelColumn, ModelTable } from "../../../../src/migrate/schema/model.ts";

const column = (name: string, more: Partial<ModelColumn> = {}): ModelColumn => ({
  name,
  type: "text",
  notNull: false,
  primaryKey: false,
  autoincrement: false,
  defaultValue: undefined,
  generated: undefined,
  ...more,
});
const id = column("id", { type: "integer", primaryKey: true, notNull: true });
const table = (
  name: string,
  columns: readonly ModelColumn[],
  more: Partial<ModelTable> = {},
): ModelTable => ({
  name,
  columns: [id, ...columns],
  indexes: [],
  foreignKeys: [],
  primaryKey: undefined,
  uniques: [],
  checks: [],
  ...more,
});
const key = (from: string, parent: string) => ({
  foreignKeys: [
    {
      name: from,
      columns: [from],
      parent,
      parentColumns: ["id"],
      onDelete: "CASCADE",
      onUpdate: undefined,
    },
  ],
});
const model = (...tables: readonly ModelTable[]): Model => ({ tables, views: [] });
const none: Renames = { tables: [], columns: [] };
const users = table("users", [column("email")]);

/** One line as Mermaid's grammar has it: an entity, its end, a column, a line between two. */
const entity = String.raw`"[^"%\\\p{Cc}]+"`;
const line = new RegExp(
  [
    String.raw`  ${entity}(?: \{)?`,
    String.raw`  \}`,
    String.raw`    [A-Za-z_]\w* (?!(?:[PFU]K)\b)[A-Za-z_]\w*(?: [PFU]K(?:, [PFU]K)*)?(?: "[^"\n]*")?`,
    String.raw`  ${entity} (?:\|o|\|\|)--(?:o\||o\{) ${entity} : "[^"\n]*"`,
  ]
    .map((one) => `^${one}$`)
    .join("|"),
  "iu",
);

describe("compareDiagrams", () => {
  it("says what comes, goes, changes and is renamed, and leaves out what stays", () => {
    const before = model(
      users,
      table("posts", [column("title"), column("gone")], key("title", "users")),
      table("old", [], key("id", "users")),
      table("same", []),
    );
    const after = model(
      table("users", [column("mail")]),
      table(
        "articles",
        [column("title", { notNull: true }), column("fresh", { type: "integer", defaultValue: "0" })],
        key("title", "users"),
      ),
      table("next", []),
      table("same", []),
    );
    const change = compareDiagrams(before, after, {
      tables: [{ from: "posts", to: "articles" }],
      columns: [{ table: "users", from: "email", to: "mail" }],
    });
    expect(change.words).toEqual([
      "dropped table old",
      "dropped posts: gone text null",
      "added articles: fresh integer null = 0",
      "changed table articles: was posts",
      "changed articles: title text FK, was title text null FK",
      "added table next",
      "changed users: mail text null, was email text null",
    ]);
    const marks = (tables: typeof change.before.tables) => tables.map(({ name, mark }) => `${mark} ${name}`);
    expect(marks(change.before.tables)).toEqual(["dropped old", "changed posts", "changed users"]);
    expect(marks(change.after.tables)).toEqual(["changed articles", "added next", "changed users"]);
    expect(change.after.lines.map(({ child, parent }) => `${child} ${parent}`)).toEqual(["articles users"]);
  });

  it("sees indexes, checks, unique constraints, actions of keys and views", () => {
    const index = {
      name: "ix",
      unique: false,
      parts: [{ text: "email", isExpression: false }],
      where: undefined,
    };
    const before = model(
      table("t", [column("email")], { ...key("email", "users"), indexes: [index] }),
      users,
    );
    const changed = table("t", [column("email")], {
      foreignKeys: key("email", "users").foreignKeys.map((one) => ({ ...one, onDelete: undefined })),
      indexes: [{ ...index, where: "email > ''" }],
      checks: [{ name: "c", expression: "id > 0" }],
      uniques: [{ name: "u", columns: ["id", "email"] }],
    });
    const after = { tables: [changed, users], views: [{ name: "v", definition: "SELECT 1" }] };
    expect(compareDiagrams(before, after, none).words).toEqual([
      "added t: unique u id, email",
      "added t: check c id > 0",
      "changed t: foreign key email users.id, was foreign key email users.id on delete cascade",
      "changed t: index ix email where email > '', was index ix email",
      "added view v",
    ]);
  });

  it("marks a table that only loses something", () => {
    const change = compareDiagrams(model(users), model(table("users", [])), none);
    expect(change.words).toEqual(["dropped users: email text null"]);
    expect(change.after.tables.map(({ mark }) => mark)).toEqual(["changed"]);
  });

  it("is empty where nothing differs", () => {
    const change = compareDiagrams(model(users), model(users), none);
    expect(change).toEqual({
      before: { tables: [], lines: [] },
      after: { tables: [], lines: [] },
      words: [],
    });
  });
});

const odd = [
  column("PK"),
  column("1st", { type: "" }),
  column('a "b" %\\ \n日', { type: "decimal(10, 2)", notNull: true }),
  column("<b>&", { defaultValue: `'</svg>"'` }),
];
const hostile = buildDiagram({
  tables: [
    table("users", []),
    table('t "x" %\\ \u0001 <script>&', odd, key("PK", "users")),
    table("tree", [column("parent")], key("parent", "tree")),
    table("one", [], key("id", "two")),
    table("two", [], key("id", "one")),
  ],
  views: [{ name: 'v "1"', definition: undefined }],
});

describe("writeMermaid", () => {
  it("writes nothing that Mermaid does not read, whatever the names are", () => {
    const [head, ...lines] = writeMermaid(hostile).trimEnd().split("\n");
    expect(head).toBe("erDiagram");
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((text) => !line.test(text))).toEqual([]);
  });

  it("says how many children a parent may have, and whether a child needs one", () => {
    const lines = writeMermaid(hostile);
    expect(lines).toContain('"tree" |o--o{ "tree" : "parent"');
    expect(lines).toContain('"two" ||--o| "one" : "id"');
  });

  it("gives keys, types and what is no word", () => {
    const lines = writeMermaid(hostile);
    expect(lines).toContain('    text _PK FK "PK; null"\n');
    expect(lines).toContain(`    decimal_10__2_ a__b_______ "a 'b' __ _日"\n`);
    expect(lines).toContain('    any _1st "1st; null"\n');
    expect(lines).toContain("    integer id PK\n");
  });
});
