// The plan as a script that a person runs with a database shell: what the executor would do, revision by revision.
import type { Step } from "../plan/planner.ts";
import type { Layout, Revision, Script } from "../plan/revision.ts";
import { quoteText } from "../plan/sql-tokens.ts";
import { type Applied, recordOf } from "../plan/record.ts";
import { appliedAfter } from "../runtime/guarded-batch.ts";
import { bookkeepingTables } from "../runtime/version-table.ts";

const head = `-- Run it with a shell that stops at the first error, such as \`sqlite3 -bail FILE < script.sql\`
-- or \`turso db shell NAME < script.sql\`. Each revision is one transaction. No other client may write meanwhile.`;

/** A script for the steps, planned for the version table `seen`; each refuses to run on a database that is somewhere else. */
export function renderOfflineScript(steps: readonly Step[], seen: readonly Applied[]): string {
  const [first] = steps;
  if (first === undefined) return "-- Nothing to do.\n";
  const { layout } = first.revision;
  let top = seen;
  const parts = steps.map((step) => {
    const part = renderStep(step, top.at(-1), insertText(step.revision, layout, seen));
    top = appliedAfter(top, step);
    return part;
  });
  return `${head}\nPRAGMA foreign_keys=OFF;\n${renderTables(layout)}\n\n${parts.join("\n")}\nPRAGMA foreign_keys=ON;\n`;
}

function renderTables(layout: Layout): string {
  return bookkeepingTables(layout)
    .map((statement) => `${statement};`)
    .join("\n");
}

/** The row of a revision, as the version table `seen` has rows; one without rows counts as that of the layout. */
export function insertText(revision: Revision, layout: Layout, seen: readonly Applied[]): string {
  const { hash, when, name } = recordOf(revision);
  const row = `${quoteText(hash)}, ${when}`;
  const named = seen.length === 0 ? layout === "folders" : seen.some((one) => one.name !== undefined);
  return named
    ? `INSERT INTO __drizzle_migrations (hash, created_at, name, applied_at) VALUES (${row}, ${quoteText(name)}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
    : `INSERT INTO __drizzle_migrations (hash, created_at) VALUES (${row})`;
}

function renderStep(step: Step, top: Applied | undefined, insert: string): string {
  const { kind, revision } = step;
  const script: Script = kind === "upgrade" ? revision.up : revision.down.script;
  return [
    `-- ${kind} ${revision.tag}: ${script.file}`,
    "BEGIN IMMEDIATE;",
    renderGuard(top, step),
    ...script.statements.map(({ sql }) => terminate(sql)),
    "SELECT * FROM pragma_foreign_key_check; -- any row that is shown here is a violation",
    ...renderBookkeeping(step, top, insert),
    "COMMIT;",
    "",
  ].join("\n");
}

/** SQLite has no statement that only fails, and reading a text that is no JSON does. */
function renderGuard(top: Applied | undefined, { kind, revision }: Step): string {
  const newest = "SELECT created_at FROM __drizzle_migrations ORDER BY created_at DESC, rowid DESC LIMIT 1";
  const expected = top === undefined ? "NULL" : String(top.when);
  const complaint = quoteText(`the database is not where ${kind} ${revision.tag} begins`);
  return `SELECT CASE WHEN (${newest}) IS ${expected} THEN 'ok' ELSE json(${complaint}) END;`;
}

function renderBookkeeping({ kind, revision }: Step, top: Applied | undefined, insert: string): string[] {
  if (kind === "upgrade") return [`${insert};`];
  const when = top?.when ?? revision.when;
  const hash = quoteText(top?.hash ?? revision.up.checksum);
  return [
    `DELETE FROM __drizzle_migrations WHERE created_at = ${when} AND hash = ${hash};`,
    `DELETE FROM __eaves_revisions WHERE created_at = ${when};`,
  ];
}

/** Where the last line may be a comment, it must not swallow the semicolon. */
function terminate(sql: string): string {
  const text = sql.trimEnd();
  if (text.endsWith(";")) return text;
  return text.slice(text.lastIndexOf("\n") + 1).includes("--") ? `${text}\n;` : `${text};`;
}
