// Captures written as the SQL texts that they are made of.
import type { Capture, CapturedObject, CapturedTable } from "../../../../src/migrate/schema/capture.ts";
import type { ArchivePlan } from "../../../../src/migrate/planning/archive.ts";
import { planArchives } from "../../../../src/migrate/planning/archive-plan.ts";
import { withArchiveTriggers } from "../../../../src/migrate/planning/archive-upkeep.ts";
import { noRenames, type Renames, type SchemaPlan } from "../../../../src/migrate/schema/change.ts";
import { invertRenames } from "../../../../src/migrate/schema/renames.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { isWord, nameOf, significant, tokenize } from "../../../../src/migrate/sql/sql-tokens.ts";
import { parseTable } from "../../../../src/migrate/sql/table-parser.ts";

/** The schema that these CREATE statements make. */
export function capture(...statements: readonly string[]): Capture {
  const tables = statements.flatMap((sql) => captureTable(sql));
  const objects = statements.flatMap((sql) => captureObject(sql));
  return { tables, objects };
}

function captureTable(sql: string): CapturedTable[] {
  const words = significant(tokenize(sql));
  if (isWord(words[1], "VIRTUAL")) {
    const name = nameOf(words[3]) ?? "";
    return [{ name, sql, kind: "virtual", withoutRowid: false, strict: false, columns: [plain("body")] }];
  }
  if (!isWord(words[1], "TABLE")) return [];
  const { name, withoutRowid, strict, columns } = parseTable(sql);
  return [
    { name, sql, kind: "table", withoutRowid, strict, columns: columns.map((column) => plain(column.name)) },
  ];
}

function plain(name: string): CapturedTable["columns"][number] {
  return { name, type: "", notNull: false, defaultValue: null, primaryKey: 0, generated: "no" };
}

function captureObject(sql: string): CapturedObject[] {
  const words = significant(tokenize(sql));
  const kind = (["INDEX", "VIEW", "TRIGGER"] as const).find(
    (word) => isWord(words[1], word) || isWord(words[2], word),
  );
  if (kind === undefined) return [];
  const name = nameOf(words[isWord(words[1], "UNIQUE") ? 3 : 2]) ?? "";
  const on = words.findIndex((word) => isWord(word, "ON"));
  const table = kind === "VIEW" ? name : (nameOf(words[on + 1]) ?? "");
  return [{ kind: kind.toLowerCase() as CapturedObject["kind"], name, table, sql }];
}

/** The SQL of planned statements. */
export function sqlOf(plan: { readonly statements: SchemaPlan["statements"] }): string[] {
  return plan.statements.map(({ sql }) => sql);
}

/** The plan of a change there and back, with its archives. */
export function planBoth(
  before: Capture,
  after: Capture,
  renames: Renames = noRenames,
): {
  readonly up: string[];
  readonly down: string[];
  readonly back: SchemaPlan;
  readonly archives: ArchivePlan;
} {
  const archives = planArchives(before, after, renames, "0001_x");
  const there = planSchema({ from: before, to: after, renames });
  const back = planSchema({
    from: withArchiveTriggers(after, archives.archives),
    to: before,
    renames: invertRenames(renames),
    archives: archives.archives,
  });
  const wrap = [...archives.opening, ...there.statements, ...archives.closing];
  return { up: wrap.map(({ sql }) => sql), down: sqlOf(back), back, archives };
}
