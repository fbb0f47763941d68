// One cell of the matrix: what became of a change, with drizzle-kit's statements where they prove, else with our own.
import type { SchemaChange } from "../../../fixtures/schema-changes/schema-change.ts";
import type { Dialect } from "./drizzle-diff.ts";
import type { Place } from "./place.ts";
import { compareContents } from "./contents.ts";
import { findLosses } from "./expectation.ts";
import { planUpgrade } from "./tool.ts";
import { compareStructures, type Structure } from "./structure.ts";
import { type PreparedChange, readState, setUp, type Trial, tryChange } from "./trial.ts";

/** Whose upgrade a cell is about. */
export type Author = Dialect | "rewrite";

/** What became of a change. */
export interface Cell {
  /** Who wrote the upgrade that was proven. */
  readonly upgrade: "drizzle" | "rewrite" | "refused";
  /** Empty where everything held. */
  readonly faults: readonly string[];
}

/** Every fault of a trial, with its stage in front. */
export function faultsOf(trial: Trial, change: SchemaChange): string[] {
  const stages = ["upgrade", "losses", "downgrade", "again", "edits"] as const;
  const seen = trial.seen || change.typesOnly === true ? [] : ["upgrade: nothing was planned"];
  return [...seen, ...stages.flatMap((stage) => trial[stage].map((fault) => `${stage}: ${fault}`))];
}

/** Fills a cell. `rewrite` is the cell of the tool's own upgrade at this place, where it has been filled. */
export async function fillCell(
  place: Place,
  prepared: PreparedChange,
  expected: Structure,
  author: Author,
  rewrite?: Cell,
): Promise<Cell> {
  const { change } = prepared;
  if (change.refused !== undefined) {
    return { upgrade: "refused", faults: await findRefusalFaults(place, prepared) };
  }
  if (author !== "rewrite") {
    const trial = await tryChange(place, prepared, { expected, drizzle: prepared.drizzle[author].up });
    // As the proof does: what leads elsewhere, or leaves no downgrade, is written anew.
    const faults = faultsOf(trial, change);
    if (faults.length === 0) return { upgrade: "drizzle", faults };
  }
  if (rewrite !== undefined) return rewrite;
  return { upgrade: "rewrite", faults: faultsOf(await tryChange(place, prepared, { expected }), change) };
}

/** The rule is named beforehand and its rows are found; the upgrade fails as a whole and leaves all as it was. */
async function findRefusalFaults(place: Place, prepared: PreparedChange): Promise<string[]> {
  const before = await setUp(place, prepared);
  const upgrade = planUpgrade({ ...prepared, before: before.capture, drizzle: undefined });
  const refusal = upgrade.refusals.find(({ rule }) =>
    prepared.change.refused?.every((word) => rule.includes(word)),
  );
  if (refusal === undefined)
    return [
      `refusal: ${prepared.change.refused?.join(" ")} is not among ${upgrade.refusals.map(({ rule }) => rule).join(", ")}`,
    ];
  const [rows = []] = await place.read([refusal.query]);
  const guard = "INSERT INTO __eaves_guard SELECT 1 FROM pragma_foreign_key_check";
  const statements = ["CREATE TABLE __eaves_guard (broken CHECK (broken = 0))", ...upgrade.statements, guard];
  const ran = await place.database.migrate(statements).then(
    () => true,
    () => false,
  );
  const after = await readState(place, prepared, "previous");
  return [
    ...(rows.length === 0 ? ["refusal: no row is named"] : []),
    ...(ran ? ["refusal: the upgrade ran"] : []),
    ...compareStructures(before.structure, after.structure, true),
    ...compareContents(before.contents, after.contents),
  ];
}

/** What drizzle-kit's own statements do, up and, with its snapshots swapped, down: as a user would have it. */
export async function tryDrizzle(
  place: Place,
  prepared: PreparedChange,
  expected: Structure,
  dialect: Dialect,
): Promise<string> {
  const { up, down } = prepared.drizzle[dialect];
  const before = await setUp(place, prepared);
  try {
    await place.database.migrate(withoutPragmas(up));
  } catch (error) {
    return `up FAILS: ${messageOf(error)}`;
  }
  const upgraded = await readState(place, prepared, "next");
  if (compareStructures(expected, upgraded.structure, false).length > 0) return "up: another schema";
  if ((await findLosses(prepared, before.contents, upgraded.contents)).length > 0) return "up: DATA LOST";
  try {
    await place.database.migrate(withoutPragmas(down));
  } catch (error) {
    return `down FAILS: ${messageOf(error)}`;
  }
  const back = await readState(place, prepared, "previous");
  if (compareStructures(before.structure, back.structure, false).length > 0) return "down: another schema";
  return compareContents(before.contents, back.contents).length > 0 ? "down: values lost" : "ok";
}

/** `client.migrate()` switches foreign keys off by itself. */
function withoutPragmas(statements: readonly string[]): string[] {
  return ["SELECT 1", ...statements.filter((statement) => !/^\s*PRAGMA/i.test(statement))];
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, 70);
}
