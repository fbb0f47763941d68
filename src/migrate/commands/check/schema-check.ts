// Whether the live schema is that of the revision the database says it is at.
import { replayRevisions, replayScript } from "../../proof/replay.ts";
import { findNeededTriggers } from "../../planning/archive-pruning.ts";
import { archiveOfTrigger, isArchiveTrigger, revisionOfArchive } from "../../planning/archive-upkeep.ts";
import type { Capture } from "../../schema/capture.ts";
import { MigrationError } from "../../errors.ts";
import type { History } from "../../history/history.ts";
import { positionOfNewest } from "../../history/record.ts";
import type { Revision, Script } from "../../history/revision.ts";
import { diffCaptures, type Difference } from "../../schema/schema-diff.ts";
import { foldName } from "../../sql/sql-tokens.ts";
import { listArchiveTriggers } from "../../runtime/archives.ts";
import { readCapture } from "../../runtime/capture-reader.ts";
import type { Database } from "../../runtime/connection.ts";
import { readApplied } from "../../runtime/version-table.ts";
import type { Context } from "../project/context.ts";
import { withScratch } from "../project/scratch-ground.ts";
import { readSchemaRecord } from "../project/schema-record.ts";
import type { DatabaseStatus } from "../project/workplace.ts";

/** The live schema; `moved` if another runner changed the database meanwhile, so that one must begin anew. */
export type SchemaCheck = Capture | "moved";

/** Whose schema is looked at. */
export interface Question {
  readonly context: Context;
  readonly database: Database;
  readonly history: History;
  readonly databaseStatus: DatabaseStatus;
}

/**
 * Compares the live schema with what the last run of this tool left behind, and only if there is no record of it
 * with a replay of the history on a scratch database.
 *
 * @throws {MigrationError} `SCHEMA_DRIFTED`, or `VERSION_TABLE_MISSING` for tables without a version.
 */
export async function checkSchema(question: Question): Promise<SchemaCheck> {
  const { database, databaseStatus } = question;
  const { current } = databaseStatus.status;
  const record = await readSchemaRecord(database);
  if (record !== undefined && record.now !== positionOfNewest(databaseStatus.applied ?? [])) return "moved";
  if (record !== undefined && record.when === record.now) {
    const differences = compareSchemas(record.recorded, record.live).filter(isDrift);
    if (differences.length > 0) throw await drifted(question, differences);
    return record.live;
  }
  const live = await readCapture(database);
  if (current === undefined) {
    if (isEmpty(live)) return live;
    if (await hasMoved(database, databaseStatus)) return "moved";
    throw await unversioned(question, live);
  }
  const expected = await captureAt(question, current);
  const differences = compareSchemas(expected, live).filter(isDrift);
  if (differences.length === 0) return live;
  if (await hasMoved(database, databaseStatus)) return "moved";
  throw await drifted(question, differences);
}

/** Whether the schema is as this tool recorded it last, by a `stamp base` for example. */
export async function isRecorded(database: Database): Promise<boolean> {
  const record = await readSchemaRecord(database);
  if (record === undefined || record.when !== record.now) return false;
  return compareSchemas(record.recorded, record.live).length === 0;
}

/** An archive that has lost its triggers is no fault of the schema: scripts that need them are refused for themselves. */
export function isDrift(difference: Difference): boolean {
  return lostTrigger(difference) === undefined;
}

/** The trigger of an archive that a difference says is gone or changed. */
export function lostTrigger({ object, expected }: Difference): string | undefined {
  const name = object.replace(/^trigger /, "");
  return name !== object && expected !== undefined && isArchiveTrigger({ kind: "trigger", name })
    ? name
    : undefined;
}

/**
 * Refuses scripts that drop or carry over triggers which are not there: what was written without them is not known to
 * their archives.
 *
 * @throws {MigrationError} `ARCHIVE_OUT_OF_STEP`.
 */
export async function refuseLostTriggers(database: Database, scripts: readonly Script[]): Promise<void> {
  const needed = findNeededTriggers(scripts.flatMap(({ statements }) => statements.map(({ sql }) => sql)));
  if (needed.length === 0) return;
  const live = new Set((await listArchiveTriggers(database)).map((name) => foldName(name)));
  const lost = needed.filter((name) => !live.has(foldName(name)));
  const [first] = lost;
  if (first === undefined) return;
  const archive = archiveOfTrigger(first);
  throw new MigrationError(
    "ARCHIVE_OUT_OF_STEP",
    `Nothing was run. The archive ${archive} is not in step with its rows: ${lost.join(", ")} ` +
      `${lost.length === 1 ? "is" : "are"} gone, and what was written since is not known to it. ` +
      `Run \`archive prune ${revisionOfArchive(archive)}\` to give its values up, then run this again`,
    { details: { archive, triggers: lost } },
  );
}

/** Says which revision's tables are in a database that has no version; the error that `upgrade` throws there. */
export async function explainUnversioned(question: Question): Promise<MigrationError> {
  return unversioned(question, await readCapture(question.database));
}

/** What differs; the order of columns does not count. */
export function compareSchemas(expected: Capture, found: Capture): Difference[] {
  return diffCaptures(expected, found, { ignoreColumnOrder: true });
}

function isEmpty(capture: Capture): boolean {
  return capture.tables.length + capture.objects.length === 0;
}

/** Whether another runner has changed the version table since it was read. */
export async function hasMoved(database: Database, databaseStatus: DatabaseStatus): Promise<boolean> {
  const now = await readApplied(database);
  return (
    now?.at(-1)?.when !== databaseStatus.applied?.at(-1)?.when ||
    now?.length !== databaseStatus.applied?.length
  );
}

async function captureAt({ context, history }: Question, current: Revision): Promise<Capture> {
  context.report(
    `replaying up to ${current.tag} on a scratch database, to see whether the schema has drifted`,
  );
  return withScratch((ground) => replayRevisions(ground, history.revisions.slice(0, current.index + 1)));
}

async function drifted(
  { context, database, history, databaseStatus }: Question,
  differences: readonly Difference[],
): Promise<MigrationError> {
  const { current } = databaseStatus.status;
  const at = current?.tag ?? "base";
  context.report("comparing the tables with each revision on a scratch database");
  const later = (await compareWithEach(history, await readCapture(database))).findLast(
    ({ revision, differences: left }) => revision.index > (current?.index ?? -1) && left.length === 0,
  );
  const advice =
    later === undefined
      ? `Undo what was changed by hand, or put it into a revision; to take the schema as it is for that of ${at}, ` +
        `run \`stamp ${at}\``
      : `It is exactly that of ${later.revision.tag}, as after \`drizzle-kit push\`: run \`stamp ${later.revision.tag}\``;
  return new MigrationError(
    "SCHEMA_DRIFTED",
    `The database says it is at ${at}, but its schema is another one:\n${describeDifferences(differences)}\n${advice}`,
    {
      place: current === undefined ? {} : { revision: current.tag },
      details: { differences, match: later?.revision.tag ?? null },
    },
  );
}

const mostShown = 10;

/** Differences for people, one a line. */
export function describeDifferences(differences: readonly Difference[]): string {
  const lines = differences
    .slice(0, mostShown)
    .map(
      ({ object, expected, found }) =>
        `  ${object}: expected ${expected ?? "nothing"}, found ${found ?? "nothing"}`,
    );
  const more = differences.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}

/** Tables, and no word of where they come from: pushed, or another tool's. */
async function unversioned(question: Question, live: Capture): Promise<MigrationError> {
  const { context, history } = question;
  context.report("comparing the tables with each revision on a scratch database");
  const candidates = await compareWithEach(history, live);
  const exact = candidates.findLast(({ differences }) => differences.length === 0);
  const tables = live.tables.length === 1 ? "1 table" : `${live.tables.length} tables`;
  const found = `The database has ${tables} and no version table that says where they come from`;
  if (exact !== undefined) {
    const { tag } = exact.revision;
    const text = `${found}. They are exactly those of ${tag}: run \`stamp ${tag}\`, then go on`;
    return new MigrationError("VERSION_TABLE_MISSING", text, {
      place: { revision: tag },
      details: { match: tag, differences: [] },
    });
  }
  const nearest = candidates.toSorted((a, b) => a.differences.length - b.differences.length)[0];
  const text =
    `${found}, and no revision makes exactly them` +
    (nearest === undefined
      ? ""
      : `. The nearest is ${nearest.revision.tag}:\n${describeDifferences(nearest.differences)}\n` +
        "If the schema in the code has changes that no revision has, write one with `revision -m` first. Otherwise make " +
        `the tables the same and run \`stamp ${nearest.revision.tag}\``) +
    "; or, where these tables have nothing to do with the revisions, run `stamp base`";
  return new MigrationError("VERSION_TABLE_MISSING", text, {
    details: { match: null, differences: nearest?.differences ?? [] },
  });
}

interface Candidate {
  readonly revision: Revision;
  readonly differences: readonly Difference[];
}

/** Stops at the first revision that cannot be run, since nothing is known of those behind it. */
function compareWithEach(history: History, live: Capture): Promise<Candidate[]> {
  return withScratch(async (ground) => {
    const candidates: Candidate[] = [];
    for (const revision of history.revisions) {
      try {
        await replayScript(ground, revision.tag, revision.up);
      } catch (error) {
        if (error instanceof MigrationError) break;
        throw error;
      }
      candidates.push({ revision, differences: compareSchemas(await ground.port.capture(), live) });
    }
    return candidates;
  });
}
