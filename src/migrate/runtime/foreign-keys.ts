// The statements that keep a revision from leaving rows whose parents are missing.
// They run inside the revision's own transaction, since foreign keys are off in it.
import { quoteText } from "../sql/sql-tokens.ts";
import type { Statement } from "./connection.ts";

/** How rows are checked at the end of a revision. */
export interface ForeignKeyCheck {
  /**
   * `any`: no violation may be there. `added`: those that were there before are counted first, and may stay; this
   * reads every child table once more, and so is only used if `any` has failed.
   */
  readonly mode: "any" | "added";
  /** Child tables, in lower case, that SQLite refuses to check ("foreign key mismatch"). */
  readonly excluded: readonly string[];
}

/** Whether these statements could break a foreign key at all; the check costs a scan of every child table. */
export function mayBreakForeignKeys(statements: readonly string[]): boolean {
  return !statements.every((sql) => harmless.test(sql.replace(leadingComments, "")));
}

const leadingComments = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;
const harmless =
  /^(?:CREATE\s+(?:UNIQUE\s+)?INDEX|CREATE\s+VIEW|CREATE\s+TRIGGER|DROP\s+VIEW|DROP\s+TRIGGER)\s/i;

/** Runs before the revision's statements. */
export function countBefore(check: ForeignKeyCheck): Statement[] {
  if (check.mode === "any") return [];
  return [`INSERT INTO __eaves_guard (child, parent, violations) ${groups(check)}`];
}

/** Runs after them; fails by CHECK `FOREIGN_KEYS_VIOLATED`, or in the mode `added` with a text that names the tables. */
export function checkAfter(check: ForeignKeyCheck): Statement[] {
  if (check.mode === "any") {
    return [`INSERT INTO __eaves_guard (violated) SELECT count(*) FROM ${violations(check)}`];
  }
  return [
    `INSERT INTO __eaves_guard (violated)
WITH found AS (${groups(check)}),
known AS (SELECT child, parent, violations FROM __eaves_guard WHERE child IS NOT NULL),
added AS (
  SELECT f.child, f.parent, f.violations - coalesce(k.violations, 0) AS more
  FROM found AS f LEFT JOIN known AS k ON k.child = f.child AND k.parent = f.parent
  WHERE f.violations > coalesce(k.violations, 0)
),
-- A renamed table keeps its violations under another name.
gone AS (
  SELECT violations FROM known AS k
  WHERE NOT EXISTS (SELECT 1 FROM found AS f WHERE f.child = k.child AND f.parent = k.parent)
  AND (k.child NOT IN (SELECT lower(name) FROM sqlite_schema) OR k.parent NOT IN (SELECT lower(name) FROM sqlite_schema))
)
-- SQLite has no other way to fail with a text of one's own outside a trigger.
SELECT CASE WHEN coalesce((SELECT sum(more) FROM added), 0) > coalesce((SELECT sum(violations) FROM gone), 0)
  THEN json_extract('{}', ${quoteText(violationMark)} || (SELECT group_concat(child || ' -> ' || parent || ' (' || more || ')', ', ') FROM added) || '>>')
  ELSE 0 END`,
  ];
}

const violationMark = "FOREIGN_KEYS_VIOLATED <<";

/** The tables and counts in the text of a failed {@link checkAfter}, such as `posts -> users (3)`. */
export function readViolations(message: string): string | undefined {
  return /FOREIGN_KEYS_VIOLATED <<(.*)>>/s.exec(message)?.[1];
}

/** The child table, in lower case, of SQLite's complaint about a foreign key that cannot work. */
export function readMismatch(message: string): string | undefined {
  return /foreign key mismatch - "(.*)" referencing "/s.exec(message)?.[1]?.toLowerCase();
}

function groups(check: ForeignKeyCheck): string {
  return `SELECT lower(v."table") AS child, lower(v.parent) AS parent, count(*) AS violations FROM ${violations(check)} GROUP BY 1, 2`;
}

/** Table by table if some must be left out: a single mismatch makes the check of all tables fail. */
function violations({ excluded }: ForeignKeyCheck): string {
  if (excluded.length === 0) return "pragma_foreign_key_check AS v";
  const names = excluded.map(quoteText).join(", ");
  return `(SELECT v.* FROM pragma_table_list AS t, pragma_foreign_key_check(t.name) AS v
WHERE t.schema = 'main' AND t.type = 'table' AND lower(t.name) NOT IN (${names})) AS v`;
}
