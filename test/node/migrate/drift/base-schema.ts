// A schema with everything in it that SQLite has and a snapshot mostly has not, as a value that drifts are made from.

/** One column: its name, its type and all that follows. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly rest: string;
}

/** One table, ordinary or virtual. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly constraints: readonly string[];
  /** `STRICT`, `WITHOUT ROWID`, or nothing. */
  readonly options: string;
}

/** An index, trigger or view: `object` is what a finding calls it, `table` what it stands on. */
export interface Part {
  readonly object: string;
  readonly table: string;
  readonly sql: string;
}

const column = (name: string, type: string, rest = ""): Column => ({ name, type, rest });

/** The tables. */
export const tables: readonly Table[] = [
  {
    name: "authors",
    columns: [
      column("id", "INTEGER", "PRIMARY KEY AUTOINCREMENT"),
      column("email", "TEXT", "NOT NULL COLLATE NOCASE"),
      column("name", "TEXT", "DEFAULT 'nobody'"),
      column("age", "INTEGER", "CHECK (age > 0)"),
      column("note", "TEXT"),
    ],
    constraints: ["CONSTRAINT long_enough CHECK (length(email) > 3)"],
    options: "",
  },
  {
    name: "books",
    columns: [
      column("id", "INTEGER", "PRIMARY KEY"),
      column("author", "INTEGER", "REFERENCES authors (id) ON DELETE CASCADE"),
      column("title", "TEXT", "NOT NULL"),
      column("pages", "INTEGER", "NOT NULL DEFAULT 0"),
      column("thick", "INTEGER", "GENERATED ALWAYS AS (pages * 2) VIRTUAL"),
      column("blurb", "TEXT"),
    ],
    constraints: ["UNIQUE (author, title)"],
    options: "",
  },
  {
    name: "tags",
    columns: [column("label", "TEXT", "PRIMARY KEY"), column("weight", "REAL", "NOT NULL DEFAULT 1.5")],
    constraints: [],
    options: "WITHOUT ROWID",
  },
  {
    name: "facts",
    columns: [column("id", "INTEGER", "PRIMARY KEY"), column("value", "TEXT"), column("n", "INT")],
    constraints: [],
    options: "STRICT",
  },
];

/** A full-text table; its shadow tables are nobody's objects. */
export const fullText = "CREATE VIRTUAL TABLE search USING fts5(title, blurb, tokenize='porter')";

/** Indexes of every form. */
export const indexes: readonly Part[] = [
  part("index ix_plain", "books", "CREATE INDEX ix_plain ON books (title)"),
  part("index ix_partial", "books", "CREATE INDEX ix_partial ON books (pages) WHERE pages > 10"),
  part("index ix_desc", "books", "CREATE INDEX ix_desc ON books (pages DESC, title)"),
  part("index ix_collated", "books", "CREATE INDEX ix_collated ON books (title COLLATE NOCASE)"),
  part("index ix_expression", "authors", "CREATE INDEX ix_expression ON authors (lower(name))"),
  part("index ux_name", "authors", "CREATE UNIQUE INDEX ux_name ON authors (name)"),
];

/** Triggers on tables and on a view. */
export const triggers: readonly Part[] = [
  part(
    "trigger books_ai",
    "books",
    "CREATE TRIGGER books_ai AFTER INSERT ON books BEGIN INSERT INTO search (rowid, title) VALUES (new.id, new.title); END",
  ),
  part(
    "trigger authors_bu",
    "authors",
    "CREATE TRIGGER authors_bu BEFORE UPDATE OF email ON authors WHEN new.email IS NULL BEGIN SELECT RAISE(ABORT, 'no'); END",
  ),
  part(
    "trigger adults_ii",
    "adults",
    "CREATE TRIGGER adults_ii INSTEAD OF INSERT ON adults BEGIN INSERT INTO authors (email) VALUES (new.email); END",
  ),
];

/** Views. */
export const views: readonly Part[] = [
  part("view adults", "adults", "CREATE VIEW adults AS SELECT id, email FROM authors WHERE age >= 18"),
  part(
    "view shelf",
    "shelf",
    "CREATE VIEW shelf AS SELECT b.title, a.email FROM books AS b JOIN authors AS a ON a.id = b.author",
  ),
];

function part(object: string, table: string, sql: string): Part {
  return { object, table, sql };
}

/** The statement that makes a table. */
export function createTable({ name, columns, constraints, options }: Table): string {
  const parts = [
    ...columns.map(({ name: of, type, rest }) => `${of} ${type} ${rest}`.trim()),
    ...constraints,
  ];
  return `CREATE TABLE ${name} (${parts.join(", ")}) ${options}`.trim();
}

/** Everything, in an order in which it can be made. */
export const creates: readonly string[] = [
  ...tables.map(createTable),
  fullText,
  ...[...indexes, ...views, ...triggers].map(({ sql }) => sql),
];
