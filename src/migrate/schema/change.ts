// What the schema planner says: statements with their class, and what they take away.

/**
 * What a planned statement means for data, from harmless to hopeless:
 * `exact`, nothing is lost · `newer-data-lost`, what was written since the upgrade goes · `archived`, removed values
 * come back · `structure-only`, what was removed does not come back · `lossy-conversion`, values are converted ·
 * `may-be-refused`, a constraint comes back and rows may break it · `unknown`, custom statements.
 */
export type ChangeClass =
  | "exact"
  | "newer-data-lost"
  | "archived"
  | "structure-only"
  | "lossy-conversion"
  | "may-be-refused"
  | "unknown";

/** All classes, from harmless to hopeless. */
export const changeClasses: readonly ChangeClass[] = [
  "exact",
  "archived",
  "newer-data-lost",
  "may-be-refused",
  "lossy-conversion",
  "structure-only",
  "unknown",
];

/** The class that counts for the whole: the worst. */
export function worstClass(classes: readonly ChangeClass[]): ChangeClass {
  return classes.reduce<ChangeClass>(
    (a, b) => (changeClasses.indexOf(a) < changeClasses.indexOf(b) ? b : a),
    "exact",
  );
}

/** One statement of a planned script. */
export interface PlannedStatement {
  readonly sql: string;
  readonly class: ChangeClass;
  /** What it is for, for a reviewer: `rebuild users`, `restore users.bio`. */
  readonly summary: string;
}

/** What a script removes, for the head comment, the question about archiving and the hazards. */
export interface Removal {
  readonly kind: "table" | "column" | "conversion";
  readonly table: string;
  /** Missing for a whole table. */
  readonly column?: string;
  /** The table that keeps the values; missing where they are not archived. */
  readonly archive?: string;
}

/** Something that rows written since may break when a constraint comes back; counted before a downgrade. */
export interface Refusal {
  readonly table: string;
  /** What comes back, in words: `NOT NULL of users.name`. */
  readonly rule: string;
  /** A SELECT of the keys of the rows that break it, in the schema before the script runs. */
  readonly query: string;
}

/** What newer data a downgrade loses: counted before it runs. */
export interface NewerData {
  readonly table: string;
  readonly column?: string;
  /** A SELECT of one number: how many rows hold it. */
  readonly query: string;
}

/** A planned script: statements in order, and what a person has to know about them. */
export interface SchemaPlan {
  readonly statements: readonly PlannedStatement[];
  readonly class: ChangeClass;
  readonly removals: readonly Removal[];
  readonly rebuilt: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Why an archive must not be read: asked before a downgrade, like the refusals. */
  readonly archiveRefusals: readonly Refusal[];
  readonly newerData: readonly NewerData[];
}

/** Tables and columns that keep their rows under another name. Column renames name the table by its new name. */
export interface Renames {
  readonly tables: readonly { readonly from: string; readonly to: string }[];
  readonly columns: readonly { readonly table: string; readonly from: string; readonly to: string }[];
}

/** No renames. */
export const noRenames: Renames = { tables: [], columns: [] };
