// `stamp`: records revisions as applied without running them, for a database that came to its schema another way.
import { quoteText } from "../plan/sql-tokens.ts";
import type { Revision } from "../plan/revision.ts";
import { positionOf, resolveTarget } from "../plan/target.ts";
import { stamp as stampDatabase } from "../runtime/stamp.ts";
import { bookkeepingTables } from "../runtime/version-table.ts";
import type { Context, Mode } from "./context.ts";
import type { StampResult } from "./results.ts";
import { recordAfterStamp } from "./schema-record.ts";
import { readRevisions, readStanding, withDatabase } from "./workplace.ts";

/** What to record. */
export interface StampOptions {
  /** `base`, `head` or a revision. */
  readonly target: string;
  /** Default `execute`. */
  readonly mode?: Mode;
}

/** Stamps. The schema as it is now counts as that of the revision from here on. */
export async function stamp(context: Context, options: StampOptions): Promise<StampResult> {
  const { mode = "execute" } = options;
  const { history } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    const { status, applied = [] } = await readStanding(database, history);
    const target = resolveTarget(history, options.target, status.current);
    const revisions = history.revisions.slice(0, positionOf(target) + 1);
    const result = {
      from: status.current?.tag ?? null,
      to: revisions.at(-1)?.tag ?? null,
      script: mode === "sql" ? renderStamp(revisions) : undefined,
    };
    if (mode !== "execute") return result;
    const { clock: now, random } = context;
    await stampDatabase(database, revisions, { seen: applied, now, random });
    await recordAfterStamp(context, database);
    return result;
  });
}

function renderStamp(revisions: readonly Revision[]): string {
  const tables = bookkeepingTables.map((table) => (typeof table === "string" ? table : table.sql));
  const rows = revisions.map(
    ({ up, when }) =>
      `INSERT INTO __drizzle_migrations (hash, created_at) VALUES (${quoteText(up.checksum)}, ${when})`,
  );
  const clear = ["DELETE FROM __drizzle_migrations", "DELETE FROM __eaves_revisions"];
  return `${["BEGIN IMMEDIATE", ...tables, ...clear, ...rows, "COMMIT"].join(";\n")};\n`;
}
