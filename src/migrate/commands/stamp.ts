// `stamp`: records revisions as applied without running them, for a database that came to its schema another way.
import { recordOf } from "../history/record.ts";
import type { Layout, Revision } from "../history/revision.ts";
import { positionOf, resolveTarget } from "../history/target.ts";
import { stamp as stampDatabase } from "../runtime/stamp.ts";
import { bookkeepingTables } from "../runtime/version-table.ts";
import type { Context, Mode } from "./project/context.ts";
import { insertText } from "./moves/offline-script.ts";
import type { StampResult } from "./results.ts";
import { recordAfterStamp } from "./project/schema-record.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

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
  const { history, layout } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    const { status, applied = [], named } = await readDatabaseStatus(database, history);
    const target = resolveTarget(history, options.target, status.current);
    const revisions = history.revisions.slice(0, positionOf(target) + 1);
    const result = {
      from: status.current?.tag ?? null,
      to: revisions.at(-1)?.tag ?? null,
      script: mode === "sql" ? renderStamp(revisions, layout, named) : undefined,
    };
    if (mode !== "execute") return result;
    const { clock: now, random } = context;
    await stampDatabase(database, revisions, { seen: applied, layout, now, random });
    await recordAfterStamp(context, database, layout);
    return result;
  });
}

function renderStamp(revisions: readonly Revision[], layout: Layout, named: boolean): string {
  const rows = revisions.map((revision) => insertText(recordOf(revision), named));
  const clear = ["DELETE FROM __drizzle_migrations", "DELETE FROM __eaves_revisions"];
  return `${["BEGIN IMMEDIATE", ...bookkeepingTables(layout), ...clear, ...rows, "COMMIT"].join(";\n")};\n`;
}
