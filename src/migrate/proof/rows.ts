// Puts rows into every table: boundary values, NULLs and linked children, the same for the same schema and salt.
import type { Capture, CapturedColumn } from "../schema/capture.ts";
import { foldName, quoteName, sameName } from "../sql/sql-tokens.ts";
import { type ForeignKeyDefinition, hasOwnRowid } from "../sql/table-definition.ts";
import { type Candidates, listCandidates } from "./row-candidates.ts";
import { type FillableTable, orderTables } from "./row-order.ts";
import { readLiterals, rowsQuery } from "./row-reading.ts";
import type { ScratchPort } from "./scratch.ts";

/** What to fill. */
export interface FillOptions {
  readonly capture: Capture;
  /** Makes other rows than other salts, so that tables can be filled again. Below 1,000. */
  readonly salt: number;
  /** Statements of the project's own seed, tried one by one; what fails is left out. */
  readonly seed?: readonly string[];
  /** Tables that have rows enough, by folded name. */
  readonly skip?: ReadonlySet<string>;
  /** Values that no one finds odd, if the odd ones stood in the way. */
  readonly plain?: boolean;
}

/** What came of it. */
export interface Filling {
  /** Tables that took no row, by their name: what is proven about them is their structure alone. */
  readonly unprovenTables: readonly string[];
}

const rowsPerTable = 10;
const attempts = 6;
/** So few that a table which refuses some still counts as filled. */
const enoughRows = rowsPerTable / 2;

/** Fills the tables; each row that a table does not accept is left out. */
export async function fillTables(port: ScratchPort, options: FillOptions): Promise<Filling> {
  for (const statement of options.seed ?? []) await port.write([statement]).catch(() => undefined);
  const tables = orderTables(options.capture).filter(
    ({ captured }) => options.skip?.has(foldName(captured.name)) !== true,
  );
  const before = await countRows(port, tables);
  const isSeeded = (index: number) =>
    options.seed !== undefined && options.salt === 0 && (before[index] ?? 0) > 0;
  const open = tables.filter((_, index) => !isSeeded(index));
  await fillTogether(port, open, options);
  const now = await countRows(port, tables);
  const unprovenTables: string[] = [];
  for (const [index, table] of tables.entries()) {
    const had = before[index] ?? 0;
    const isFilled = isSeeded(index) || (now[index] ?? 0) - had >= enoughRows;
    if (!isFilled && !(await fillTable(port, table, had, options))) unprovenTables.push(table.captured.name);
  }
  return { unprovenTables };
}

async function countRows(port: ScratchPort, tables: readonly FillableTable[]): Promise<number[]> {
  if (tables.length === 0) return [];
  const answers = await port.read(
    tables.map(({ captured }) => `SELECT count(*) AS rows FROM ${quoteName(captured.name)}`),
  );
  return answers.map(([row]) => Number(row?.["rows"]));
}

/** Fills in one round trip what needs no look at other rows; if a table refuses, all are left for one by one. */
async function fillTogether(
  port: ScratchPort,
  tables: readonly FillableTable[],
  options: FillOptions,
): Promise<void> {
  const plain = options.plain === true;
  const statements: string[] = [];
  for (const table of tables) {
    const { foreignKeys, checks } = table.definition;
    if (foreignKeys.length + checks.length > 0) continue;
    const candidates = await listCandidates(port, table, options);
    const { into, texts } = writeRows(table, makeRows(table, [], candidates, { round: 0, plain }));
    statements.push(`${into} ${texts.join(", ")}`, ...gapIn(table));
  }
  if (statements.length > 0) await port.write(statements).catch(() => undefined);
}

/** Takes a row away again if that is noticed: a counter that is ahead of its rows, rowids that are not in sequence. */
function gapIn({ captured, definition }: FillableTable): string[] {
  const table = quoteName(captured.name);
  const counts = definition.primaryKey?.autoincrement === true;
  if (!counts && !hasOwnRowid(definition)) return [];
  const row = counts ? "max(rowid)" : "min(rowid) + 2";
  return [`DELETE FROM ${table} WHERE rowid = (SELECT ${row} FROM ${table})`];
}

async function fillTable(
  port: ScratchPort,
  table: FillableTable,
  before: number,
  options: FillOptions,
): Promise<boolean> {
  const offers = await readParents(port, table, options.capture);
  const rounds = table.definition.checks.length > 0 ? attempts : 2;
  let now = 0;
  for (let round = 0; round < rounds && now < enoughRows; round++) {
    const candidates = await listCandidates(port, table, { ...options, salt: options.salt + 1_000 * round });
    const rows = makeRows(table, offers, candidates, { round, plain: options.plain === true });
    await insertRows(port, table, rows);
    now = ((await countRows(port, [table]))[0] ?? 0) - before;
  }
  // Nothing refers to the row yet.
  const gap = gapIn(table);
  if (gap.length > 0) await port.write(gap).catch(() => undefined);
  return now + before > 0;
}

/** A table's foreign keys with the keys that its parents have to offer, as literals in the order of its columns. */
type Offers = readonly {
  readonly key: ForeignKeyDefinition;
  readonly rows: readonly (readonly string[])[];
  readonly self: readonly string[] | undefined;
}[];

async function readParents(
  port: ScratchPort,
  { definition, captured }: FillableTable,
  capture: Capture,
): Promise<Offers> {
  const offers: Offers[number][] = [];
  for (const key of definition.foreignKeys) {
    const parent = capture.tables.find(({ name }) => sameName(name, key.parent));
    const primary = parent?.columns
      .filter(({ primaryKey }) => primaryKey > 0)
      .toSorted((a, b) => a.primaryKey - b.primaryKey);
    const columns =
      key.parentColumns.length > 0 ? key.parentColumns : (primary?.map(({ name }) => name) ?? []);
    const self = sameName(key.parent, captured.name) ? columns : undefined;
    if (parent === undefined || columns.length !== key.columns.length) {
      offers.push({ key, rows: [], self: undefined });
      continue;
    }
    const [rows = []] = await port
      .read([`${rowsQuery(parent.name, columns)} ORDER BY 1 LIMIT 40`])
      .catch(() => []);
    offers.push({ key, rows: readLiterals(rows, columns).filter((row) => !row.includes("NULL")), self });
  }
  return offers;
}

type Row = Map<string, string>;

interface Round {
  readonly round: number;
  /** Without NULLs. */
  readonly plain: boolean;
}

function makeRows(
  table: FillableTable,
  offers: Offers,
  candidates: readonly Candidates[],
  round: Round,
): Row[] {
  const rows = Array.from(
    { length: round.round === 0 ? rowsPerTable : 16 },
    (_, row): Row =>
      new Map(candidates.map((own, index) => [foldName(own.column.name), pickValue(own, row, index, round)])),
  );
  for (const offer of offers) rows.forEach((row, index) => link(table, row, index, rows, offer));
  return rows;
}

/**
 * Distinct by row, so that unique keys are kept: the first half of the values over the first rows, then what is new in
 * the second. The last two rows hold NULLs: one wherever there may be some, one in every other column.
 */
function pickValue(
  { column, values, isChecked }: Candidates,
  row: number,
  index: number,
  { round, plain }: Round,
): string {
  const nullable = !column.notNull && column.primaryKey === 0 && !plain;
  const last = rowsPerTable - 1;
  if (nullable && (row === last || (row === last - 1 && index % 2 === 0))) return "NULL";
  // Checks over several columns want combinations: a fixed disorder.
  if (isChecked) return values[(row * (2 * index + 1) + round * 7 + index * 3) % values.length] ?? "NULL";
  const half = values.length / 2;
  const first = values.slice(0, half);
  const fresh = values.slice(half).filter((value) => !first.includes(value));
  const offered = row < half || fresh.length === 0 ? first : fresh;
  return offered[(row + index) % offered.length] ?? "NULL";
}

/** Gives a row a parent; one of a few is left without, if it may be. */
function link(
  table: FillableTable,
  row: Row,
  index: number,
  rows: readonly Row[],
  offer: Offers[number],
): void {
  const { key, self } = offer;
  const nullable = key.columns.every(
    (name) => columnOf(table, name)?.notNull === false && columnOf(table, name)?.primaryKey === 0,
  );
  // A row of the same statement can be a parent, too: the one before, or the first its own.
  const parent =
    self?.map((name) => rows[Math.max(0, index - 1)]?.get(foldName(name)) ?? "NULL") ??
    offer.rows[index % Math.max(1, offer.rows.length)];
  const orphan = parent === undefined || (nullable && index % 5 === 4);
  key.columns.forEach((name, at) => row.set(foldName(name), orphan ? "NULL" : (parent[at] ?? "NULL")));
}

function columnOf(table: FillableTable, name: string): CapturedColumn | undefined {
  return table.captured.columns.find((column) => sameName(column.name, name));
}

/** The rows as the parts of an INSERT. */
function writeRows(
  table: FillableTable,
  rows: readonly Row[],
): { readonly into: string; readonly texts: readonly string[] } {
  const columns = table.captured.columns
    .filter(({ generated }) => generated === "no")
    .map(({ name }) => name);
  return {
    into: `INSERT OR IGNORE INTO ${quoteName(table.captured.name)} (${columns.map(quoteName).join(", ")}) VALUES`,
    texts: rows.map((row) => `(${columns.map((name) => row.get(foldName(name)) ?? "NULL").join(", ")})`),
  };
}

async function insertRows(port: ScratchPort, table: FillableTable, rows: readonly Row[]): Promise<void> {
  const { into, texts } = writeRows(table, rows);
  const accepted = await port.write([`${into} ${texts.join(", ")}`]).then(
    () => true,
    () => false,
  );
  if (accepted) return;
  // IGNORE passes over rows that break a constraint, but not over those that break a foreign key or a trigger.
  for (const text of texts) await port.write([`${into} ${text}`]).catch(() => undefined);
}
