// `check`: compares the schema, the snapshots, the revisions and the database with one another. Changes nothing.
import { findBroken } from "../proof/broken-objects.ts";
import { compareSchema } from "../kit/generation.ts";
import { replayRevisions } from "../proof/replay.ts";
import { acceptStored, type SchemaDefault } from "../kit/schema-defaults.ts";
import type { Capture } from "../schema/capture.ts";
import { findDataRevisions } from "../history/data-downgrades.ts";
import { findSnapshotGaps } from "../planning/model-gaps.ts";
import { findObstacles } from "../history/obstacle.ts";
import type { Difference } from "../schema/schema-diff.ts";
import { readCapture } from "../runtime/capture-reader.ts";
import type { Database } from "../runtime/connection.ts";
import { scriptFiles, snapshotPath } from "../folder/place.ts";
import type { ScriptDirectory } from "../folder/script-directory.ts";
import type { GenerateContext } from "./project/context.ts";
import { buildFinding, findingOf } from "./check/findings.ts";
import { reportHazards } from "./check/hazard-findings.ts";
import type { CheckResult, Finding } from "./results.ts";
import { projectOf } from "./revision/revision-draft.ts";
import { checkArchives } from "./check/archive-findings.ts";
import { compareSchemas, explainUnversioned, hasMoved, isDrift, isRecorded } from "./check/schema-check.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { explainChain } from "./check/snapshot-chain.ts";
import {
  nameFiles,
  readRevisions,
  readDatabaseStatus,
  type DatabaseStatus,
  withDatabase,
} from "./project/workplace.ts";

/** Looks everywhere, and reports all that it finds at once. If no database is known it compares the files alone. */
export async function checkProject(context: GenerateContext): Promise<CheckResult> {
  const directory = await readRevisions(context).catch((error: unknown) => findingOf(error));
  // Without an order of the revisions nothing else can be compared.
  if ("code" in directory) return { ok: false, findings: [directory], notes: [], database: false };
  context.report("asking drizzle-kit whether the schema has changed");
  const model = compareSchema(projectOf(context));
  const defaults = model.then(
    (schema) => schema.defaults,
    () => [],
  );
  const isThere = (await context.hasDatabase?.()) ?? true;
  const { replay, live } = isThere
    ? await withDatabase(context, (database) => checkDatabase({ ...context, defaults }, database, directory))
    : {
        replay: await replayHistory({ ...context, defaults }, directory, []),
        live: { findings: [], notes: [] },
      };
  const files = [...checkModel(await model), ...checkFiles(context, directory), ...replay.findings];
  const findings = [...files, ...live.findings];
  return { ok: findings.length === 0, findings, notes: live.notes, database: isThere };
}

/** A check at work: the defaults of the schema in the code are read meanwhile. */
interface CheckContext extends GenerateContext {
  readonly defaults: Promise<readonly SchemaDefault[]>;
}

/** The schema in the code against the newest snapshot. */
function checkModel({ isChanged }: { readonly isChanged: boolean }): Finding[] {
  if (!isChanged) return [];
  const message = "The schema in the code has changes that no revision has: run `revision -m` to write one";
  return [buildFinding("MODEL_CHANGED", message)];
}

/** The files among themselves: unknown files, the chain of snapshots, revisions without a downgrade. */
function checkFiles(context: GenerateContext, directory: ScriptDirectory): Finding[] {
  const { layout, history, snapshots, strays } = directory;
  const nameOf = (file: string): string => nameFiles(context, [file]).join("");
  const findings = strays.map(({ file, advice }) =>
    buildFinding("FILE_UNKNOWN", `${file} is named like a revision's file, and ${advice}`, { file }),
  );
  const changes = findDataRevisions(history.revisions);
  for (const revision of history.revisions) {
    const { tag, up, down } = revision;
    for (const { message, statement: _statement, line } of up.faults) {
      findings.push(buildFinding("REVISION_INVALID", message, { revision: tag, file: up.file, line }));
    }
    if (snapshots(tag) === undefined) {
      const message = `${tag} has no snapshot: take it back from version control`;
      const file = nameOf(snapshotPath(layout, revision));
      findings.push(buildFinding("SNAPSHOT_MISSING", message, { revision: tag, file }));
    }
    const unchained = explainChain(directory, revision);
    if (unchained !== undefined) {
      findings.push(buildFinding("SNAPSHOT_UNCHAINED", unchained, { revision: tag }));
    }
    const change = changes.get(revision.index);
    const reason = down.kind === "irreversible" ? down.reason : change?.refusal;
    if (reason !== undefined) {
      const message = `${tag} cannot be taken back: ${reason}`;
      const file = nameOf(scriptFiles(layout, tag).down);
      findings.push(buildFinding("DOWNGRADE_MISSING", message, { revision: tag, file }));
    }
  }
  return findings;
}

interface Replay {
  /** The schema at the positions that were asked for, as far as the revisions run; that of base is at 0. */
  readonly captures: ReadonlyMap<number, Capture>;
  readonly findings: readonly Finding[];
}

/**
 * Every revision on a scratch database, and the last schema against the last snapshot. What lies between two positions
 * that are asked for runs at once: a round trip and a look for each revision were most of the time.
 */
async function replayHistory(
  context: CheckContext,
  { history, models }: ScriptDirectory,
  positions: readonly number[],
): Promise<Replay> {
  context.report("replaying the revisions on a scratch database");
  const { revisions } = history;
  const asked = [...new Set([0, ...positions, revisions.length])].toSorted((one, other) => one - other);
  return withScratch(async (ground) => {
    const captures = new Map<number, Capture>();
    for (const [at, position] of asked.entries()) {
      try {
        const group = revisions.slice(asked[at - 1] ?? 0, position);
        captures.set(position, await replayRevisions(ground, group));
      } catch (error) {
        return { captures, findings: [findingOf(error)] };
      }
    }
    const model = history.head === undefined ? undefined : models(history.head.tag);
    const last = captures.get(revisions.length);
    const older = () => revisions.slice(0, -1).flatMap(({ tag }) => models(tag) ?? []);
    const gaps =
      model === undefined || last === undefined
        ? []
        : findSnapshotGaps(acceptStored(model, await context.defaults, last), last, older);
    const findings = gaps.map((gap) => {
      const message = `The newest snapshot is not what the revisions make: ${gap.object} is another one`;
      return buildFinding("SNAPSHOT_DIFFERS", message, describeSides(gap));
    });
    const broken = last === undefined ? [] : await findBroken(ground.port, last);
    const faults = broken.map(({ object, problem, remedy }) =>
      buildFinding("OBJECT_BROKEN", `After the newest revision ${problem}: ${remedy}`, { object }),
    );
    return { captures, findings: [...findings, ...faults] };
  });
}

const checkTimes = 20;

/** The database against the revisions, as far as those can be replayed. */
async function checkDatabase(
  context: CheckContext,
  database: Database,
  directory: ScriptDirectory,
): Promise<{ replay: Replay; live: Pick<CheckResult, "findings" | "notes"> }> {
  for (let attempt = 1; ; attempt++) {
    const databaseStatus = await readDatabaseStatus(database, directory.history);
    const { current, pending } = databaseStatus.status;
    const positions = [(current?.index ?? -1) + 1, ...pending.map(({ index }) => index)];
    const replay = await replayHistory(context, directory, positions);
    // Another runner may have gone on meanwhile: its work is no drift.
    if (attempt < checkTimes && (await hasMoved(database, databaseStatus))) continue;
    return {
      replay,
      live: await compareDatabase(context, database, directory, databaseStatus, replay.captures),
    };
  }
}

async function compareDatabase(
  context: GenerateContext,
  database: Database,
  directory: ScriptDirectory,
  databaseStatus: DatabaseStatus,
  captures: Replay["captures"],
): Promise<Pick<CheckResult, "findings" | "notes">> {
  const { status } = databaseStatus;
  const obstacles = findObstacles(status).map((error) => findingOf(error));
  const skipped = new Set(
    obstacles.flatMap(({ code, revision }) => (code === "REVISION_SKIPPED" ? [revision] : [])),
  );
  const drift = await checkLive(context, database, directory, databaseStatus, captures);
  const pending = status.pending.filter(({ tag, index }) => !skipped.has(tag) && index > drift.there);
  const hazards = await reportHazards(database, pending, captures);
  const findings = pending.flatMap(({ tag, up }) => [
    buildFinding("REVISION_PENDING", `${tag} is not applied`, { revision: tag, file: up.file }),
    ...hazards.findings.filter(({ revision }) => revision === tag),
  ]);
  return { findings: [...obstacles, ...drift.findings, ...findings], notes: hazards.notes };
}

interface Drift {
  readonly findings: readonly Finding[];
  /**
   * Index of the newest revision whose tables are there without a record; Infinity if it is not known which. Up to it
   * nothing is called pending, since `upgrade` could not run it. -1 if every revision that is there is recorded.
   */
  readonly there: number;
}

const noDrift: Drift = { findings: [], there: -1 };

async function checkLive(
  context: GenerateContext,
  database: Database,
  { history }: ScriptDirectory,
  databaseStatus: DatabaseStatus,
  captures: Replay["captures"],
): Promise<Drift> {
  const { current } = databaseStatus.status;
  const expected = captures.get((current?.index ?? -1) + 1);
  // Where the revision cannot be replayed, that is said already.
  if (expected === undefined) return noDrift;
  const live = await readCapture(database);
  const all = compareSchemas(expected, live);
  const differences = all.filter(isDrift);
  const archives = await checkArchives(database, all);
  if (differences.length === 0) return { ...noDrift, findings: archives };
  if (current === undefined) {
    if (await isRecorded(database)) return noDrift;
    const finding = findingOf(await explainUnversioned({ context, database, history, databaseStatus }));
    const match = history.revisions.find(({ tag }) => tag === finding.revision);
    return { findings: [finding], there: match?.index ?? Infinity };
  }
  const pushed = history.revisions.findLast(({ index }) => {
    const after = index > current.index ? captures.get(index + 1) : undefined;
    return after !== undefined && compareSchemas(after, live).length === 0;
  });
  if (pushed !== undefined) {
    const message = `The database says it is at ${current.tag}, and its schema is exactly that of ${pushed.tag}`;
    const finding = buildFinding("VERSION_TABLE_BEHIND", message, { revision: pushed.tag });
    return { findings: [finding], there: pushed.index };
  }
  const drift = differences.map((difference) =>
    buildFinding("SCHEMA_DRIFTED", `${difference.object} is not as ${current.tag} leaves it`, {
      revision: current.tag,
      ...describeSides(difference),
    }),
  );
  return { findings: [...drift, ...archives], there: -1 };
}

/** In JSON a missing side is null. */
function describeSides({
  object,
  expected,
  found,
}: Difference): Pick<Finding, "object" | "expected" | "found"> {
  return { object, expected: expected ?? null, found: found ?? null };
}
