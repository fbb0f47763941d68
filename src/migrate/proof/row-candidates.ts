// Which values each column of a table may get; those that a CHECK refuses are sorted out by asking the database.
import type { Capture, CapturedColumn } from "../schema/capture.ts";
import { foldName, nameOf, quoteName, sameName, significant, tokenize } from "../sql/sql-tokens.ts";
import type { FillableTable } from "./row-order.ts";
import { type ValueWish, valuesFor, valuesForCheck } from "./row-values.ts";
import type { ScratchPort } from "./scratch.ts";

/** The values of one column, as literals; never empty. */
export interface Candidates {
  readonly column: CapturedColumn;
  readonly values: readonly string[];
  /** Whether a CHECK speaks of the column. */
  readonly isChecked: boolean;
}

/** What is wanted of the values. */
export interface CandidateOptions {
  readonly capture: Capture;
  readonly salt: number;
  readonly plain?: boolean;
}

/** Lists values for every column that takes some. */
export async function listCandidates(
  port: ScratchPort,
  table: FillableTable,
  options: CandidateOptions,
): Promise<Candidates[]> {
  const { sql, strict, columns, name } = table.captured;
  const around = options.capture.objects
    .filter((object) => sameName(object.table, name))
    .map((object) => object.sql);
  const json = [sql, ...around].some((text) => /json|->/i.test(text));
  // Each table has values of its own, so that columns of two tables match only if a key makes them.
  const salt = options.salt + 50 * options.capture.tables.findIndex((other) => other.name === name);
  const candidates: Candidates[] = [];
  for (const column of columns.filter(({ generated }) => generated === "no")) {
    const wish = { type: column.type, strict, json, salt };
    const plain = [...valuesFor(wish), ...valuesFor({ ...wish, salt: salt + 500 })];
    const values = options.plain === true ? plain.filter((_, index) => index % 8 < 2) : plain;
    const checks = table.definition.checks
      .map(({ expression }) => expression)
      .filter((expression) => speaksOf(expression, column));
    candidates.push(await checkCandidates(port, table, { column, wish, values, checks }));
  }
  return candidates;
}

interface Checked {
  readonly column: CapturedColumn;
  readonly wish: ValueWish;
  readonly values: readonly string[];
  readonly checks: readonly string[];
}

async function checkCandidates(
  port: ScratchPort,
  table: FillableTable,
  checked: Checked,
): Promise<Candidates> {
  const { column, checks, wish } = checked;
  if (checks.length === 0) return { column, values: checked.values, isChecked: false };
  const values = [...checks.flatMap((expression) => valuesForCheck(expression, wish)), ...checked.values];
  const others = table.captured.columns.filter((other) => other !== column);
  const own = checks.filter((expression) => !others.some((other) => speaksOf(expression, other)));
  if (own.length === 0) return { column, values, isChecked: true };
  // A table of that name and column in the statement alone, so that the check can be evaluated as it is written.
  const rows = values.map((value, index) => `(${index}, ${value})`).join(", ");
  const view = `${quoteName(table.captured.name)} (__index, ${quoteName(column.name)})`;
  const query = `WITH ${view} AS (VALUES ${rows}) SELECT __index AS i FROM ${quoteName(table.captured.name)} WHERE ${own
    .map((expression) => `(${expression}) IS NOT 0`)
    .join(" AND ")}`;
  const [found = []] = await port.read([query]).catch(() => []);
  const passing = found.map((row) => values[Number(row["i"])]).filter((value) => value !== undefined);
  return { column, values: passing.length === 0 ? values : [...new Set(passing)], isChecked: true };
}

function speaksOf(expression: string, column: CapturedColumn): boolean {
  const name = foldName(column.name);
  return significant(tokenize(expression)).some((token) => {
    const found = nameOf(token);
    return found !== undefined && foldName(found) === name;
  });
}
