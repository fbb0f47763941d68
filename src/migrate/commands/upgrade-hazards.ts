// What pending revisions would do to the rows that are there.
import type { Script } from "../plan/revision.ts";
import { MigrationError } from "../plan/errors.ts";
import { quoteName } from "../plan/sql-tokens.ts";
import type { Database } from "../runtime/connection.ts";
import { readNumbers } from "../runtime/row-counts.ts";
import { describeHazard, findScriptHazards, type ScriptHazard } from "./script-hazards.ts";

/** A hazard with the number of rows that it concerns; undefined where the table is not there yet. */
export interface CountedHazard extends ScriptHazard {
  readonly rows: number | undefined;
}

/** Counts the rows of every table that a script removes something of, or copies. */
export async function findUpgradeHazards(
  database: Database,
  script: Script,
): Promise<readonly CountedHazard[]> {
  const counted: CountedHazard[] = [];
  for (const hazard of findScriptHazards(script)) {
    counted.push({ ...hazard, rows: await countTable(database, hazard.table) });
  }
  return counted;
}

async function countTable(database: Database, table: string): Promise<number | undefined> {
  try {
    const [rows] = await readNumbers(database, [`SELECT count(*) FROM ${quoteName(table)}`]);
    return rows;
  } catch (error) {
    if (error instanceof MigrationError && error.code === "STATEMENT_FAILED") return undefined;
    throw error;
  }
}

/** A hazard as people read it. */
export function describeCounted(hazard: CountedHazard): string {
  const { rows } = hazard;
  return `${describeHazard(hazard)}${rows === undefined ? "" : `, ${rows} row${rows === 1 ? "" : "s"}`}`;
}
