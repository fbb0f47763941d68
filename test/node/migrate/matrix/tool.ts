// The tool's own way from one schema to another and back, as `revision` goes it: renames, wanted schema, archives, plans.
import { type ArchivePlan, findRemovals } from "../../../../src/migrate/planning/archive.ts";
import { planArchives } from "../../../../src/migrate/planning/archive-plan.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import type { Refusal, Renames, SchemaPlan } from "../../../../src/migrate/schema/change.ts";
import type { Model } from "../../../../src/migrate/schema/model.ts";
import { invertRenames, readRenames } from "../../../../src/migrate/schema/renames.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { breakpoint, readScriptText, renderScript } from "../../../../src/migrate/history/script-text.ts";
import { buildWanted } from "../../../../src/migrate/planning/wanted.ts";

/** What an upgrade is planned from. */
export interface UpgradeRequest {
  readonly before: Capture;
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
  /** drizzle-kit's statements, where they are to be kept. */
  readonly drizzle: readonly string[] | undefined;
  /** Default `0001_change`. */
  readonly tag?: string;
}

/** An upgrade, ready to be run. */
export interface Upgrade {
  readonly statements: readonly string[];
  readonly archives: ArchivePlan;
  readonly renames: Renames;
  readonly refusals: readonly Refusal[];
  readonly removals: number;
  /** Whether there is anything to do. */
  readonly seen: boolean;
}

const texts = ({ statements }: Pick<SchemaPlan, "statements">) => statements.map(({ sql }) => sql);

/** Plans an upgrade. Its text goes through a script's, as it will be in the file. */
export function planUpgrade(request: UpgradeRequest): Upgrade {
  const { before, previous, next, drizzle, tag = "0001_change" } = request;
  const wanted = buildWanted({ before, previous, next, renames: request.renames });
  const plan = planSchema({ from: before, to: wanted, renames: request.renames });
  const own = drizzle ?? texts(plan);
  const kept = readScriptText(own.join(`\n${breakpoint}\n`)).statements.map(({ sql }) => sql);
  const renames = readRenames(kept, before);
  const archives = planArchives(before, wanted, renames, tag);
  const all = [...archives.opening.map(({ sql }) => sql), ...kept, ...archives.closing.map(({ sql }) => sql)];
  return {
    statements: throughFile(all),
    archives,
    renames,
    refusals: plan.refusals,
    removals: findRemovals(before, wanted, renames).length,
    seen: own.length > 0,
  };
}

/** Plans the downgrade, from the schema that the upgrade has led to. */
export function planDowngrade(upgrade: Upgrade, before: Capture, after: Capture): string[] {
  const { archives } = upgrade.archives;
  return throughFile(
    texts(planSchema({ from: after, to: before, renames: invertRenames(upgrade.renames), archives })),
  );
}

function throughFile(statements: readonly string[]): string[] {
  const { statements: read, faults } = readScriptText(renderScript([], statements));
  if (faults.length > 0) throw new Error(`The planned script is refused: ${JSON.stringify(faults)}`);
  return read.map(({ sql }) => sql);
}
