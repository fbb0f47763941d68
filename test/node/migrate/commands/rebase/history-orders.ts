// Histories whose revisions come in any order that runs, with times and numbers of any kind.
import * as fc from "fast-check";

/** A revision, and the one that it cannot run before. */
export interface Part {
  readonly up: string;
  readonly down: string;
  readonly after?: string;
}

/** Five revisions, some of which need others. */
export const parts: Readonly<Record<string, Part>> = {
  a: { up: "CREATE TABLE `a` (`id` integer PRIMARY KEY NOT NULL);", down: "DROP TABLE `a`;" },
  b: { up: "CREATE TABLE `b` (`id` integer PRIMARY KEY NOT NULL);", down: "DROP TABLE `b`;" },
  v: { up: "ALTER TABLE `a` ADD `v` text;", down: "ALTER TABLE `a` DROP COLUMN `v`;", after: "a" },
  ix: { up: "CREATE INDEX `ix_a_v` ON `a` (`v`);", down: "DROP INDEX `ix_a_v`;", after: "v" },
  w: { up: "ALTER TABLE `b` ADD `w` integer;", down: "ALTER TABLE `b` DROP COLUMN `w`;", after: "b" },
};
/** What all of them make. */
export const schema = `import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const a = sqliteTable("a", { id: integer().primaryKey(), v: text() }, (t) => [index("ix_a_v").on(t.v)]);
export const b = sqliteTable("b", { id: integer().primaryKey(), w: integer() });
`;

/** An entry of the journal: its part, its time, and how many numbers it leaves out before it. */
export interface Entry {
  readonly part: string;
  readonly when: number;
  readonly gap?: number;
}

/** All parts in an order in which they run, with times and numbers of any kind; how many were applied before the rest came. */
export const histories = fc
  .record({
    draws: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
    whens: fc.array(fc.constantFrom(1000, 1001, 2000, 2500, 3000, 9000), { minLength: 5, maxLength: 5 }),
    gaps: fc.array(fc.constantFrom(0, 0, 0, 3), { minLength: 5, maxLength: 5 }),
    merged: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    share: fc.constantFrom("none", "all", "some"),
  })
  .map(({ draws, whens, gaps, merged, share }) => {
    const rest = Object.keys(parts);
    const entries: Entry[] = draws.map((draw, at) => {
      const ready = rest.filter((part) => !rest.includes(parts[part]?.after ?? ""));
      const part = ready[draw % ready.length] ?? "";
      rest.splice(rest.indexOf(part), 1);
      return { part, when: whens[at] ?? 0, gap: gaps[at] ?? 0 };
    });
    // What was merged late comes with what depends on it.
    const late = new Set<string>();
    for (const [at, { part }] of entries.entries()) {
      if (merged[at] === true || late.has(parts[part]?.after ?? "")) late.add(part);
    }
    const early =
      share === "all" ? entries : entries.filter(({ part }) => share === "some" && !late.has(part));
    return { entries, early };
  });
