// Shapes in which a branch may be merged late, by tag, time and number of each entry.
import { schemaText } from "../project.ts";

/** Columns of `users`: that of the trunk, and that of the other branch. */
export const bio = "bio: text()";
export const age = "age: integer()";
/** A table, as a schema module has it. */
export const notes = 'export const notes = sqliteTable("notes", { id: integer().primaryKey() });\n';

/** One shape of a merge, over a database that has `0000_users` and `0001_bio`. */
export interface Shape {
  readonly what: string;
  readonly code: string;
  /** In the order of the merged journal. */
  readonly entries: readonly (readonly [tag: string, when: number, idx: number])[];
  readonly schema: string;
  readonly moved: Readonly<Record<"from" | "to", string>>;
}

const merged = schemaText([bio, age]);
/** What happens to the column of the other branch. */
export const late = { from: "0001_age", to: "0002_age" };
/** The shapes. */
export const shapes: readonly Shape[] = [
  {
    what: "between two that are applied",
    code: "REVISION_SKIPPED",
    entries: [
      ["0000_users", 1000, 0],
      ["0001_age", 1500, 1],
      ["0001_bio", 2000, 2],
    ],
    schema: merged,
    moved: late,
  },
  {
    what: "before all that are applied",
    code: "REVISION_SKIPPED",
    entries: [
      ["0000_notes", 500, 0],
      ["0000_users", 1000, 1],
      ["0001_bio", 2000, 2],
    ],
    schema: schemaText([bio]) + notes,
    moved: { from: "0000_notes", to: "0002_notes" },
  },
  {
    what: "with the number of one that is applied",
    code: "REVISION_DUPLICATE",
    entries: [
      ["0000_users", 1000, 0],
      ["0001_bio", 2000, 1],
      ["0001_age", 3000, 1],
    ],
    schema: merged,
    moved: late,
  },
  {
    what: "with the time of one that is applied",
    code: "REVISION_DUPLICATE",
    entries: [
      ["0000_users", 1000, 0],
      ["0001_bio", 2000, 1],
      ["0001_age", 2000, 2],
    ],
    schema: merged,
    moved: late,
  },
  {
    what: "behind one that is applied, with an older time",
    code: "REVISION_OUT_OF_ORDER",
    entries: [
      ["0000_users", 1000, 0],
      ["0001_bio", 2000, 1],
      ["0001_age", 1500, 2],
    ],
    schema: merged,
    moved: late,
  },
];
