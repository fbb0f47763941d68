// What `check` finds of archives: whether each is still in step with the rows it came from.
import { writeShell } from "../../planning/archive-pruning.ts";
import { archiveOfTrigger, revisionOfArchive } from "../../planning/archive-upkeep.ts";
import type { Difference } from "../../schema/schema-diff.ts";
import { listArchiveTriggers, readArchiveObjects } from "../../runtime/archives.ts";
import type { Database } from "../../runtime/connection.ts";
import { buildFinding } from "./findings.ts";
import type { Finding } from "../results.ts";
import { lostTrigger } from "./schema-check.ts";

/** Archives that have lost their triggers, and triggers that have lost their archive. */
export async function checkArchives(
  database: Database,
  differences: readonly Difference[],
): Promise<Finding[]> {
  const lost = new Set(
    differences.flatMap((difference) => {
      const trigger = lostTrigger(difference);
      return trigger === undefined ? [] : [archiveOfTrigger(trigger)];
    }),
  );
  const names = new Set((await listArchiveTriggers(database)).map((name) => archiveOfTrigger(name)));
  const objectsOf = await readArchiveObjects(database);
  const gone = [...names].filter((name) => !objectsOf(name).exists);
  return [
    ...[...lost]
      .filter((name) => !gone.includes(name))
      .map((name) => {
        const message = `The archive ${name} is not in step with its rows: triggers that kept it so are gone`;
        return buildFinding("ARCHIVE_OUT_OF_STEP", message, {
          revision: revisionOfArchive(name),
          object: name,
        });
      }),
    ...gone.map((name) => {
      const message =
        `Triggers name the archive ${name}, which is gone: writes to their table fail. ` +
        `Without this tool, ${writeShell(name, objectsOf(name).triggers)} makes them work again`;
      return buildFinding("ARCHIVE_MISSING", message, { revision: revisionOfArchive(name), object: name });
    }),
  ];
}
