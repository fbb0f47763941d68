// `check`: compares the schema, the snapshots, the revisions and the database with one another. Changes nothing.
import { generate } from "../autogenerate/generation.ts";
import { replayRevisions } from "../autogenerate/replay.ts";
import type { Capture } from "../plan/capture.ts";
import { MigrationError } from "../plan/errors.ts";
import { findObstacles } from "../plan/obstacle.ts";
import type { Revision } from "../plan/revision.ts";
import type { Database } from "../runtime/connection.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import type { GenerateContext } from "./context.ts";
import { compareWithModel } from "./model-check.ts";
import type { CheckResult, Finding } from "./results.ts";
import { projectOf } from "./revision-draft.ts";
import { compareLive, explainUnversioned } from "./schema-check.ts";
import { withScratch } from "./scratch-ground.ts";
import { explainChain } from "./snapshot-chain.ts";
import { describeCounted, findUpgradeHazards } from "./upgrade-hazards.ts";
import { readRevisions, readStanding, type Standing, withDatabase } from "./workplace.ts";

/** Looks everywhere, and reports all that it finds at once. */
export async function checkProject(context: GenerateContext): Promise<CheckResult> {
  const directory = await readRevisions(context);
  const model = checkModel(context);
  model.catch(() => undefined);
  const replay = await replayHistory(context, directory);
  const findings = [
    ...(await model),
    ...checkFiles(directory),
    ...replay.findings,
    ...(await withDatabase(context, (database) =>
      checkDatabase(context, database, directory, replay.captures),
    )),
  ];
  return { ok: findings.length === 0, findings };
}

/** The schema in the code against the newest snapshot. */
async function checkModel(context: GenerateContext): Promise<Finding[]> {
  context.report("asking drizzle-kit whether the schema has changed");
  const generated = await generate({ ...projectOf(context), name: "check" });
  if (generated.kind === "nothing") return [];
  return [
    {
      code: "MODEL_CHANGED",
      message: "The schema in the code has changes that no revision has: run `revision -m` to write one",
    },
  ];
}

/** The files among themselves: strays, the chain of snapshots, revisions without a way back. */
function checkFiles(directory: ScriptDirectory): Finding[] {
  const { history, snapshots, strays } = directory;
  const findings: Finding[] = strays.map(({ file, advice }) => ({
    code: "FILE_UNKNOWN",
    message: `${file} is named like a revision's file, and ${advice}`,
    file,
  }));
  for (const revision of history.revisions) {
    const { tag, up, down } = revision;
    for (const { message, statement: _statement, line } of up.faults) {
      findings.push({ code: "REVISION_INVALID", message, revision: tag, file: up.file, line });
    }
    if (snapshots(tag) === undefined) {
      const message = `${tag} has no snapshot: take it back from version control`;
      findings.push({ code: "SNAPSHOT_MISSING", message, revision: tag });
    }
    const unchained = explainChain(directory, revision);
    if (unchained !== undefined)
      findings.push({ code: "SNAPSHOT_UNCHAINED", message: unchained, revision: tag });
    if (down.kind === "irreversible") {
      const message = `${tag} cannot be taken back: ${down.reason}`;
      findings.push({ code: "DOWNGRADE_MISSING", message, revision: tag });
    }
  }
  return findings;
}

interface Replay {
  /** The schema after each revision, as far as they run; the first is that of base. */
  readonly captures: readonly Capture[];
  readonly findings: readonly Finding[];
}

/** Every revision on a scratch database, and the last schema against the last snapshot. */
async function replayHistory(
  context: GenerateContext,
  { history, models }: ScriptDirectory,
): Promise<Replay> {
  context.report("replaying the revisions on a scratch database");
  return withScratch(async (ground) => {
    const captures: Capture[] = [await ground.port.capture()];
    for (const revision of history.revisions) {
      try {
        captures.push(await replayRevisions(ground, [revision]));
      } catch (error) {
        if (!(error instanceof MigrationError)) throw error;
        return { captures, findings: [describeError(error, revision)] };
      }
    }
    const model = history.head === undefined ? undefined : models(history.head.tag);
    const last = captures.at(-1);
    const differences = model === undefined || last === undefined ? [] : compareWithModel(model, last);
    const findings = differences.map((difference) => ({
      code: "SNAPSHOT_DIFFERS",
      message: `The newest snapshot is not what the revisions make: ${difference}`,
    }));
    return { captures, findings };
  });
}

function describeError({ code, message, place }: MigrationError, revision?: Revision): Finding {
  const tag = place.revision ?? revision?.tag;
  return {
    code,
    message,
    ...(tag === undefined ? {} : { revision: tag }),
    ...(place.file === undefined ? {} : { file: place.file }),
    ...(place.line === undefined ? {} : { line: place.line }),
  };
}

async function checkDatabase(
  context: GenerateContext,
  database: Database,
  directory: ScriptDirectory,
  captures: readonly Capture[],
): Promise<Finding[]> {
  const standing = await readStanding(database, directory.history);
  const { status } = standing;
  const obstacles = findObstacles(status).map((error) => describeError(error));
  const skipped = new Set(
    obstacles.flatMap(({ code, revision }) => (code === "REVISION_SKIPPED" ? [revision] : [])),
  );
  const pending = status.pending.filter(({ tag }) => !skipped.has(tag));
  const findings = [...obstacles, ...(await checkLive(context, database, directory, standing, captures))];
  for (const { tag, up } of pending) {
    findings.push({
      code: "REVISION_PENDING",
      message: `${tag} is not applied`,
      revision: tag,
      file: up.file,
    });
    for (const hazard of await findUpgradeHazards(database, up)) {
      const message = `${tag} ${describeCounted(hazard)}`;
      findings.push({ code: "HAZARD", message, revision: tag, file: up.file, line: hazard.line });
    }
  }
  return findings;
}

async function checkLive(
  context: GenerateContext,
  database: Database,
  { history }: ScriptDirectory,
  standing: Standing,
  captures: readonly Capture[],
): Promise<Finding[]> {
  const { current } = standing.status;
  const expected = captures[(current?.index ?? -1) + 1];
  // Where the revision cannot be replayed, that is said already.
  if (expected === undefined) return [];
  const differences = await compareLive(database, expected);
  if (differences.length === 0) return [];
  if (current === undefined) {
    return [describeError(await explainUnversioned({ context, database, history, standing }))];
  }
  return differences.map(({ object, expected: wanted, found }) => ({
    code: "SCHEMA_DRIFTED",
    message: `${object} is not as ${current.tag} leaves it: expected ${wanted ?? "nothing"}, found ${found ?? "nothing"}`,
    revision: current.tag,
  }));
}
