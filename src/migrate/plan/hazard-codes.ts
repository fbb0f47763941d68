// Every hazard by its code: what kind of danger it is, what `upgrade` does about it, and the way out. Public API.

/** A kind of danger. */
export type HazardGroup = "destructive" | "data dependent" | "breaking" | "long lock" | "refused";

/** One code. */
export interface HazardDescription {
  readonly groups: readonly HazardGroup[];
  readonly title: string;
  readonly explanation: string;
  /** A statement that has it. */
  readonly example: string;
  readonly wayOut: string;
  /** The analyzers of Atlas that look for the same. */
  readonly atlas: readonly string[];
}

/** All codes, the worst first. */
export const hazardCodes = {
  DROPS_TABLE: {
    groups: ["destructive", "breaking"],
    title: "a table goes, and its rows with it",
    explanation:
      "A table that was there before the script is not there behind it. Its rows are gone, or in an archive that no Worker reads; a Worker that is still running and names it answers with errors.",
    example: "DROP TABLE sessions;",
    wayOut:
      "Contract last: deploy a Worker that does not name the table, and drop it in a later revision. `revision --archive` keeps the rows for the downgrade.",
    atlas: ["DS102"],
  },
  DROPS_COLUMN: {
    groups: ["destructive", "breaking"],
    title: "a column goes, and its values with it",
    explanation:
      "A column that stores values is not there behind the script, or its values were not copied. A Worker that is still running and names it answers with errors. A virtual column stores nothing, and does not count.",
    example: "ALTER TABLE users DROP COLUMN bio;",
    wayOut:
      "Contract last: deploy a Worker that does not name the column, and drop it in a later revision. `revision --archive` keeps the values for the downgrade.",
    atlas: ["DS103"],
  },
  DELETES_ROWS: {
    groups: ["destructive"],
    title: "rows are deleted",
    explanation:
      "DELETE, REPLACE, and a rebuild that copies only some of the rows. No archive is made of them, and the downgrade does not bring them back.",
    example: "DELETE FROM sessions WHERE expires_at < unixepoch();",
    wayOut:
      "Copy the rows into a table of their own first, or delete in the service, a few at a time. INSERT … ON CONFLICT DO UPDATE changes a row where REPLACE deletes it.",
    atlas: [],
  },
  ADDS_NOT_NULL: {
    groups: ["data dependent", "breaking"],
    title: "a column takes NULL no more, or has to be given",
    explanation:
      "Rows that hold NULL break the rule, and the upgrade fails or leaves them so. A Worker that is still running and writes NULL, or does not know the column, is refused its writes.",
    example: "ALTER TABLE users ADD COLUMN plan TEXT NOT NULL;",
    wayOut:
      "Expand: add the column with a constant default (`NOT NULL DEFAULT 'free'`), or nullable, deploy a Worker that writes it, fill the rows with UPDATE. Contract: NOT NULL in a later revision.",
    atlas: ["MF103", "MF104"],
  },
  ADDS_UNIQUE: {
    groups: ["data dependent"],
    title: "values have to be unique that had not to be",
    explanation:
      "A unique index, a UNIQUE or another PRIMARY KEY over rows that are there. Two rows with the same values, and the upgrade fails.",
    example: "CREATE UNIQUE INDEX users_handle ON users (handle);",
    wayOut: "Make the named rows different, or delete all but one of each, before the upgrade.",
    atlas: ["MF101", "MF102"],
  },
  ADDS_CHECK: {
    groups: ["data dependent"],
    title: "rows have to pass a new CHECK",
    explanation: "A row that fails the expression, and the upgrade fails. NULL passes every CHECK.",
    example: "ALTER TABLE posts ADD COLUMN stars INTEGER CHECK (stars BETWEEN 1 AND 5);",
    wayOut: "Mend the named rows with UPDATE before the upgrade, or widen the CHECK.",
    atlas: [],
  },
  ADDS_FOREIGN_KEY: {
    groups: ["data dependent"],
    title: "rows have to refer to a row that is there",
    explanation:
      "A foreign key over rows that are there. The upgrade ends with a check of all foreign keys, and an orphan makes it fail.",
    example: "ALTER TABLE users ADD COLUMN team_id INTEGER DEFAULT 1 REFERENCES teams(id);",
    wayOut: "Give the named rows a parent, or set their key to NULL, before the upgrade.",
    atlas: [],
  },
  CHANGES_TYPE: {
    groups: ["data dependent"],
    title: "a column converts its values",
    explanation:
      "Another affinity: SQLite converts what it can, and keeps what it cannot as it was. '007' becomes 7, and 'n/a' stays a text in a column of integers. libSQL's ALTER COLUMN converts nothing.",
    example: "ALTER TABLE events ALTER COLUMN at TO at INTEGER;",
    wayOut:
      "Expand: a new column of the new type, filled with UPDATE by an expression that you have read; the Worker writes both. Contract: drop the old one in a later revision.",
    atlas: [],
  },
  DROPS_FOREIGN_KEY: {
    groups: ["breaking"],
    title: "a foreign key goes, its columns stay",
    explanation:
      "Nothing keeps rows from referring to what is not there any more, and ON DELETE CASCADE deletes no more. A Worker that relies on either goes wrong without an error.",
    example:
      "CREATE TABLE __new_posts (id INTEGER PRIMARY KEY, author_id INTEGER); -- was: REFERENCES users(id)",
    wayOut: "Deploy a Worker that does by itself what the key did, then drop the key in a later revision.",
    atlas: ["CD101"],
  },
  RENAMES_TABLE: {
    groups: ["breaking"],
    title: "a table has another name",
    explanation:
      "A Worker that is still running knows the old name, and answers with errors until it is replaced.",
    example: "ALTER TABLE users RENAME TO accounts;",
    wayOut:
      "Expand: the new table beside the old one, triggers that carry writes over. Deploy a Worker that uses the new name. Contract: drop the old one in a later revision. A view under the old name serves readers.",
    atlas: ["BC101"],
  },
  RENAMES_COLUMN: {
    groups: ["breaking"],
    title: "a column has another name",
    explanation:
      "A Worker that is still running knows the old name, and answers with errors until it is replaced.",
    example: "ALTER TABLE users RENAME COLUMN name TO full_name;",
    wayOut:
      'Expand: add the new column, fill it with UPDATE, let the Worker write both. Deploy a Worker that reads the new one. Contract: drop the old one in a later revision. Or rename in the code alone: text("name") keeps the name in the database.',
    atlas: ["BC102"],
  },
  DROPS_VIEW: {
    groups: ["breaking"],
    title: "a view goes",
    explanation:
      "No value is lost, and a Worker that is still running and reads the view answers with errors.",
    example: "DROP VIEW admins;",
    wayOut: "Deploy a Worker that does not read the view, and drop it in a later revision.",
    atlas: [],
  },
  REBUILDS_TABLE: {
    groups: ["long lock"],
    title: "a table is copied as a whole",
    explanation:
      "The write lock is held while all rows are copied and all indexes built. After 5 s the server takes it away if another client waits to write: nothing of the revision is applied then (MIGRATION_LOCK_STOLEN).",
    example: "INSERT INTO __new_users SELECT * FROM users; -- then DROP and RENAME",
    wayOut:
      "A quiet window, or a longer txn_timeout_s on a server of your own. A default that lives in the code, or a CHECK in the service, needs no rebuild.",
    atlas: [],
  },
  BUILDS_INDEX: {
    groups: ["long lock"],
    title: "an index is built over rows",
    explanation:
      "The write lock is held while all rows are read and sorted. After 5 s the server takes it away if another client waits to write: nothing of the revision is applied then (MIGRATION_LOCK_STOLEN).",
    example: "CREATE INDEX posts_author ON posts (author_id);",
    wayOut: "A quiet window, or a longer txn_timeout_s on a server of your own. One index a revision.",
    atlas: [],
  },
  REFUSED_BY_SERVER: {
    groups: ["refused"],
    title: "the libSQL server does not run it",
    explanation:
      "ATTACH, DETACH, VACUUM, ANALYZE, temporary objects, load_extension and PRAGMAs that set something. They run in a file and fail on a server.",
    example: "PRAGMA writable_schema = ON;",
    wayOut: "Leave it out. A table that is dropped at the end of the script does what a temporary one does.",
    atlas: [],
  },
  TRANSACTION_STATEMENT: {
    groups: ["refused"],
    title: "a transaction within the revision",
    explanation:
      "A revision is one transaction, which the tool opens and ends. COMMIT in the middle would leave half of it applied.",
    example: "BEGIN;",
    wayOut: "Leave BEGIN, COMMIT and SAVEPOINT out.",
    atlas: [],
  },
  SEVERAL_STATEMENTS: {
    groups: ["refused"],
    title: "several statements between two markers",
    explanation:
      "The tool takes them apart and runs them all. drizzle-kit hands them over as one: on a file: database only the first one runs, and it reports success.",
    example: "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER);",
    wayOut: "Put a line `--> statement-breakpoint` between any two statements.",
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
