// Takes away the rows that a revision's new constraints will not have: that they are refused is their point.
import { hasOwnRowid } from "../sql/table-definition.ts";
import { type Capture, findTable } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import { oldTableName } from "../schema/renames.ts";
import { planSchema } from "../planning/schema-planner.ts";
import { quoteName } from "../sql/sql-tokens.ts";
import { parseTable } from "../sql/table-parser.ts";
import type { ScratchPort } from "./scratch.ts";

/** A change of the schema that rows may stand in the way of. */
export interface Refusing {
  readonly before: Capture;
  readonly wanted: Capture;
  readonly renames: Renames;
}

/**
 * Deletes the rows that break what is to come.
 *
 * @returns the rules that rows were deleted for, in words.
 */
export async function deleteRefusedRows(port: ScratchPort, refusing: Refusing): Promise<readonly string[]> {
  const { before, wanted, renames } = refusing;
  const { refusals } = planSchema({ from: before, to: wanted, renames });
  const rules: string[] = [];
  for (const { table, rule, query } of refusals) {
    const key = keyOf(before, oldTableName(renames, table));
    if (key === undefined) continue;
    const count = `SELECT count(*) AS rows FROM (${query})`;
    const [rows = []] = await port.read([count]).catch(() => []);
    if (Number(rows[0]?.["rows"] ?? 0) === 0) continue;
    rules.push(rule);
    // One row of many that are alike may stay, so that the revision is tried with a row.
    const kept = rule.startsWith("UNIQUE") ? ` AND (${key}) NOT IN (${query} LIMIT 1)` : "";
    const deletion = `DELETE FROM ${quoteName(oldTableName(renames, table))} WHERE (${key}) IN (${query})${kept}`;
    await port.write([deletion]).catch(() => port.migrate([deletion]).catch(() => undefined));
  }
  return rules;
}

/** The columns that the planner names rows by. */
export function keyOf(capture: Capture, name: string): string | undefined {
  const table = findTable(capture, name);
  if (table === undefined) return undefined;
  const definition = parseTable(table.sql);
  const columns = definition.primaryKey?.columns ?? [];
  if (columns.length > 0) return columns.map(quoteName).join(", ");
  return hasOwnRowid(definition) ? "rowid" : undefined;
}
