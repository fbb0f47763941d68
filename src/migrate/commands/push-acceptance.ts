// After `drizzle-kit push`, which exits 0 having failed: whether the database really is what head makes, and only
// then head is stamped. Used by `npm run db:push`; not a verb.
import { hasSchemaChanged } from "../kit/generation.ts";
import { replayRevisions } from "../proof/replay.ts";
import { MigrationError } from "../errors.ts";
import { readCapture } from "../runtime/capture-reader.ts";
import type { GenerateContext } from "./project/context.ts";
import type { StampResult } from "./results.ts";
import { projectOf } from "./revision/revision-draft.ts";
import { compareSchemas, describeDifferences } from "./check/schema-check.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { stamp } from "./stamp.ts";
import { readRevisions, withDatabase } from "./project/workplace.ts";

/**
 * Stamps head if the live schema is that of head, and the code has no change that no revision has.
 *
 * @throws {MigrationError} `SCHEMA_DRIFTED` otherwise; nothing is stamped then.
 */
export async function acceptPush(context: GenerateContext): Promise<StampResult> {
  const { history } = await readRevisions(context);
  if (await hasSchemaChanged(projectOf(context))) {
    throw new MigrationError(
      "SCHEMA_DRIFTED",
      "The schema in the code has changes that no revision has, so that no revision can be stamped: run `revision -m` " +
        "to write one, and push again",
    );
  }
  const expected = await withScratch((ground) => replayRevisions(ground, history.revisions));
  const live = await withDatabase(context, readCapture);
  const differences = compareSchemas(expected, live);
  if (differences.length > 0) {
    throw new MigrationError(
      "SCHEMA_DRIFTED",
      `drizzle-kit push has left another schema than ${history.head?.tag ?? "base"} makes:\n` +
        `${describeDifferences(differences)}\nRead what it said above, fix that, and push again`,
      { details: { differences } },
    );
  }
  return stamp(context, { target: "head" });
}
