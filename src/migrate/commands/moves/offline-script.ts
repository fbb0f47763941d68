// The plan as a script that a person runs with a database shell: what the executor would do, revision by revision.
import type { Step } from "../../history/planner.ts";
import type { Layout, Script } from "../../history/revision.ts";
import { quoteText } from "../../sql/sql-tokens.ts";
import { type Applied, type NewRow, recordOf } from "../../history/record.ts";
import { appliedAfter } from "../../runtime/guarded-batch.ts";
import { bookkeepingTables } from "../../runtime/version-table.ts";

const head = `-- Run it with a shell that stops at the first error, such as \`sqlite3 -bail FILE < script.sql\`
-- or \`turso db shell NAME < script.sql\`. Each revision is one transaction. No other client may write meanwhile.`;

/**
 * A script for the steps, planned for the version table `seen`; each refuses to run on a database that is somewhere else.
 * `named` if that table has the names of revisions, or would have them.
 */
export function renderOfflineScript(
  steps: readonly Step[],
  seen: readonly Applied[],
  named: boolean,
  hazards: readonly (readonly string[])[] = [],
): string {
  const [first] = steps;
  if (first === undefined) return "-- Nothing to do.\n";
  const { layout } = first.revision;
  let top = seen;
  const parts = steps.map((step, index) => {
    const insert = insertText(recordOf(step.revision, top.at(-1)), named);
    const part = renderStep(step, top, insert, hazards[index] ?? []);
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

/** Writes a row as the version table has rows. */
export function insertText({ hash, when, name }: NewRow, named: boolean): string {
  const row = `${quoteText(hash)}, ${when}`;
  return named
    ? `INSERT INTO __drizzle_migrations (hash, created_at, name, applied_at) VALUES (${row}, ${quoteText(name)}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
    : `INSERT INTO __drizzle_migrations (hash, created_at) VALUES (${row})`;
}

function renderStep(
  step: Step,
  seen: readonly Applied[],
  insert: string,
  hazards: readonly string[],
): string {
  const { kind, revision } = step;
  const script: Script = kind === "upgrade" ? revision.up : revision.down.script;
  return [
    `-- ${kind} ${revision.tag}: ${script.file}`,
    ...hazards.map((hazard) => `-- warning: ${hazard.replaceAll(/[\r\n]+/g, " ")}`),
    "BEGIN IMMEDIATE;",
    renderGuard(seen, step),
    ...script.statements.map(({ sql }) => terminate(sql)),
    "SELECT * FROM pragma_foreign_key_check; -- any row that is shown here is a violation",
    ...renderBookkeeping(step, seen.at(-1), insert),
    "COMMIT;",
    "",
  ].join("\n");
}

/** SQLite has no statement that only fails, and reading a text that is no JSON does. */
function renderGuard(seen: readonly Applied[], { kind, revision }: Step): string {
  // Rows are counted, too: folders of one second have the same time.
  const found = "SELECT count(*) || ' ' || coalesce(max(created_at), 0) FROM __drizzle_migrations";
  const expected = quoteText(`${seen.length} ${seen.at(-1)?.when ?? 0}`);
  const complaint = quoteText(`the database is not where ${kind} ${revision.tag} begins`);
  return `SELECT CASE WHEN (${found}) IS ${expected} THEN 'ok' ELSE json(${complaint}) END;`;
}

function renderBookkeeping({ kind, revision }: Step, top: Applied | undefined, insert: string): string[] {
  if (kind === "upgrade") return [`${insert};`];
  const row: Applied = top ?? recordOf(revision);
  const named = typeof row.name === "string" ? ` AND name = ${quoteText(row.name)}` : "";
  const hash = quoteText(row.hash);
  return [
    `DELETE FROM __drizzle_migrations WHERE created_at = ${row.when} AND hash = ${hash}${named};`,
    `DELETE FROM __eaves_revisions WHERE created_at IN (${revision.when}, ${row.when}) AND hash = ${hash};`,
  ];
}

/** Where the last line may be a comment, it must not swallow the semicolon. */
function terminate(sql: string): string {
  const text = sql.trimEnd();
  if (text.endsWith(";")) return text;
  return text.slice(text.lastIndexOf("\n") + 1).includes("--") ? `${text}\n;` : `${text};`;
}
