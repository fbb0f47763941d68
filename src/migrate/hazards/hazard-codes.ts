// Every hazard by its code: what kind of danger it is, what `upgrade` does about it, and the remedy. Public API.

/** A kind of danger. */
export type HazardGroup = "destructive" | "data dependent" | "breaking" | "long lock" | "refused";

/** One code. */
export interface HazardDescription {
  readonly groups: readonly HazardGroup[];
  readonly title: string;
  readonly explanation: string;
  /** A statement that has it. */
  readonly example: string;
  readonly remedy: string;
  /** The analyzers of Atlas that look for the same. */
  readonly atlas: readonly string[];
}

/** All codes, the worst first. */
export const hazardCodes = {
  DROPS_TABLE: {
    groups: ["destructive", "breaking"],
    title: "drops a table with its rows",
    explanation:
      "The script removes a table. Its rows are lost, or in an archive that no Worker reads. A Worker that still runs and uses the table answers with errors.",
    example: "DROP TABLE sessions;",
    remedy:
      "Contract last: deploy a Worker that does not name the table, and drop it in a later revision. `revision --archive` keeps the rows for the downgrade.",
    atlas: ["DS102"],
  },
  DROPS_COLUMN: {
    groups: ["destructive", "breaking"],
    title: "drops a column with its values",
    explanation:
      "The script removes a column that stores values, or does not copy its values. A Worker that still runs and uses the column answers with errors. A virtual column stores nothing, and is no hazard.",
    example: "ALTER TABLE users DROP COLUMN bio;",
    remedy:
      "Contract last: deploy a Worker that does not name the column, and drop it in a later revision. `revision --archive` keeps the values for the downgrade.",
    atlas: ["DS103"],
  },
  DELETES_ROWS: {
    groups: ["destructive"],
    title: "deletes rows",
    explanation:
      "DELETE, REPLACE, or a rebuild that copies only some of the rows. They are not archived, and the downgrade does not restore them.",
    example: "DELETE FROM sessions WHERE expires_at < unixepoch();",
    remedy:
      "Copy the rows into a table of their own first, or delete in the service, a few at a time. INSERT … ON CONFLICT DO UPDATE changes a row where REPLACE deletes it.",
    atlas: [],
  },
  ADDS_NOT_NULL: {
    groups: ["data dependent", "breaking"],
    title: "makes a column NOT NULL",
    explanation:
      "If a row holds NULL, the upgrade fails or leaves the row as it is. The database refuses the writes of a Worker that still runs and writes NULL, or does not know the column.",
    example: "ALTER TABLE users ADD COLUMN plan TEXT NOT NULL;",
    remedy:
      "Expand: add the column with a constant default (`NOT NULL DEFAULT 'free'`), or nullable, deploy a Worker that writes it, fill the rows with UPDATE. Contract: NOT NULL in a later revision.",
    atlas: ["MF103", "MF104"],
  },
  ADDS_UNIQUE: {
    groups: ["data dependent"],
    title: "adds a unique constraint",
    explanation:
      "A unique index, a UNIQUE or another PRIMARY KEY over existing rows. If two rows have the same values, the upgrade fails.",
    example: "CREATE UNIQUE INDEX users_handle ON users (handle);",
    remedy: "Make the named rows different, or delete all but one of each, before the upgrade.",
    atlas: ["MF101", "MF102"],
  },
  ADDS_CHECK: {
    groups: ["data dependent"],
    title: "adds a CHECK",
    explanation: "If a row does not satisfy the expression, the upgrade fails. NULL satisfies every CHECK.",
    example: "ALTER TABLE posts ADD COLUMN stars INTEGER CHECK (stars BETWEEN 1 AND 5);",
    remedy: "Fix the named rows with UPDATE before the upgrade, or widen the CHECK.",
    atlas: [],
  },
  ADDS_FOREIGN_KEY: {
    groups: ["data dependent"],
    title: "adds a foreign key",
    explanation:
      "A foreign key over existing rows. The upgrade ends with a check of all foreign keys, and fails if a row has no parent.",
    example: "ALTER TABLE users ADD COLUMN team_id INTEGER DEFAULT 1 REFERENCES teams(id);",
    remedy: "Give the named rows a parent, or set their key to NULL, before the upgrade.",
    atlas: [],
  },
  CHANGES_TYPE: {
    groups: ["data dependent"],
    title: "changes the type of a column",
    explanation:
      "The column gets another affinity. SQLite converts the values that it can, and keeps the others: '007' becomes 7, and 'n/a' stays a text in a column of integers. libSQL's ALTER COLUMN converts nothing.",
    example: "ALTER TABLE events ALTER COLUMN at TO at INTEGER;",
    remedy:
      "Expand: a new column of the new type, filled with UPDATE by an expression that you have read; the Worker writes both. Contract: drop the old one in a later revision.",
    atlas: [],
  },
  DROPS_FOREIGN_KEY: {
    groups: ["breaking"],
    title: "drops a foreign key, and keeps its columns",
    explanation:
      "Rows can then refer to a parent that does not exist, and ON DELETE CASCADE no longer deletes. A Worker that relies on either makes mistakes without an error.",
    example:
      "CREATE TABLE __new_posts (id INTEGER PRIMARY KEY, author_id INTEGER); -- was: REFERENCES users(id)",
    remedy: "Deploy a Worker that does by itself what the key did, then drop the key in a later revision.",
    atlas: ["CD101"],
  },
  RENAMES_TABLE: {
    groups: ["breaking"],
    title: "renames a table",
    explanation: "A Worker that still runs uses the old name, and answers with errors until it is replaced.",
    example: "ALTER TABLE users RENAME TO accounts;",
    remedy:
      "Expand: the new table beside the old one, triggers that carry writes over. Deploy a Worker that uses the new name. Contract: drop the old one in a later revision. A view under the old name serves readers.",
    atlas: ["BC101"],
  },
  RENAMES_COLUMN: {
    groups: ["breaking"],
    title: "renames a column",
    explanation: "A Worker that still runs uses the old name, and answers with errors until it is replaced.",
    example: "ALTER TABLE users RENAME COLUMN name TO full_name;",
    remedy:
      'Expand: add the new column, fill it with UPDATE, let the Worker write both. Deploy a Worker that reads the new one. Contract: drop the old one in a later revision. Or rename in the code alone: text("name") keeps the name in the database.',
    atlas: ["BC102"],
  },
  DROPS_VIEW: {
    groups: ["breaking"],
    title: "drops a view",
    explanation: "No value is lost. A Worker that still runs and reads the view answers with errors.",
    example: "DROP VIEW admins;",
    remedy: "Deploy a Worker that does not read the view, and drop it in a later revision.",
    atlas: [],
  },
  REBUILDS_TABLE: {
    groups: ["long lock"],
    title: "copies a whole table",
    explanation:
      "The write lock is held while all rows are copied and all indexes built. After 5 s the server takes it away if another client waits to write: nothing of the revision is applied then (MIGRATION_LOCK_STOLEN).",
    example: "INSERT INTO __new_users SELECT * FROM users; -- then DROP and RENAME",
    remedy:
      "A quiet window, or a longer txn_timeout_s on a server of your own. A default that lives in the code, or a CHECK in the service, needs no rebuild.",
    atlas: [],
  },
  BUILDS_INDEX: {
    groups: ["long lock"],
    title: "builds an index over rows",
    explanation:
      "The write lock is held while all rows are read and sorted. After 5 s the server takes it away if another client waits to write: nothing of the revision is applied then (MIGRATION_LOCK_STOLEN).",
    example: "CREATE INDEX posts_author ON posts (author_id);",
    remedy: "A quiet window, or a longer txn_timeout_s on a server of your own. One index a revision.",
    atlas: [],
  },
  REFUSED_BY_SERVER: {
    groups: ["refused"],
    title: "cannot run on the libSQL server",
    explanation:
      "ATTACH, DETACH, VACUUM, ANALYZE, temporary objects, load_extension and PRAGMAs that set something. They run in a file and fail on a server.",
    example: "PRAGMA writable_schema = ON;",
    remedy: "Leave it out. A table that is dropped at the end of the script does what a temporary one does.",
    atlas: [],
  },
  TRANSACTION_STATEMENT: {
    groups: ["refused"],
    title: "has a transaction of its own",
    explanation:
      "A revision is one transaction, which the tool opens and ends. COMMIT in the middle would leave half of it applied.",
    example: "BEGIN;",
    remedy: "Leave BEGIN, COMMIT and SAVEPOINT out.",
    atlas: [],
  },
  SEVERAL_STATEMENTS: {
    groups: ["refused"],
    title: "has several statements between two breakpoints",
    explanation:
      "The tool takes them apart and runs them all. drizzle-kit hands them over as one: on a file: database only the first one runs, and it reports success.",
    example: "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);",
    remedy: "Put a line `--> statement-breakpoint` between any two statements.",
    atlas: [],
  },
} as const satisfies Readonly<Record<string, HazardDescription>>;

/** The name of a hazard. */
export type HazardCode = keyof typeof hazardCodes;

/** The description of a code. */
export function describeCode(code: HazardCode): HazardDescription {
  return hazardCodes[code];
}

/** Whether a text is a code. */
export function isHazardCode(text: string): text is HazardCode {
  return Object.hasOwn(hazardCodes, text);
}

/** All codes, the worst first. */
export const allHazardCodes: readonly HazardCode[] = Object.keys(hazardCodes).filter(isHazardCode);

/** What `upgrade` does about a code that nobody has accepted. */
export function answerTo(
  code: HazardCode,
): "refuses" | "refuses-values" | "refuses-rows" | "warns" | "never" {
  const { groups } = describeCode(code);
  // A drop breaks the running Worker, too; but a table that nobody has written to is used by none.
  if (groups.includes("destructive")) return "refuses-values";
  if (groups.includes("breaking")) return "refuses";
  if (groups.includes("data dependent")) return "refuses-rows";
  return groups.includes("refused") && code !== "SEVERAL_STATEMENTS" ? "never" : "warns";
}
