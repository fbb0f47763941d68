// Puts rows into every table: boundary values, NULLs and linked children, the same for the same schema and salt.
import type { Capture, CapturedColumn } from "../plan/capture.ts";
import { foldName, quoteName, sameName } from "../plan/sql-tokens.ts";
import { type ForeignKeyDefinition, hasOwnRowid } from "../plan/table-definition.ts";
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
  /** Values that no one finds odd, where the odd ones stood in the way. */
  readonly tame?: boolean;
}

/** What came of it. */
export interface Filling {
  /** Tables that took no row, by their name: what is proven about them is their structure alone. */
  readonly unprovenTables: readonly string[];
}

const rowsPerTable = 10;
const attempts = 6;

/** Fills the tables; each row that a table does not accept is left out. */
export async function fillTables(port: ScratchPort, options: FillOptions): Promise<Filling> {
  for (const statement of options.seed ?? []) await port.write([statement]).catch(() => undefined);
  const unprovenTables: string[] = [];
  for (const table of orderTables(options.capture)) {
    if (options.skip?.has(foldName(table.captured.name)) === true) continue;
    const taken = await fillTable(port, table, options);
    await leaveGap(port, table);
    if (!taken) unprovenTables.push(table.captured.name);
  }
  return { unprovenTables };
}

/**
 * Takes a row away again where that is noticed: a counter that is ahead of its rows, rowids that are not in sequence.
 * Nothing refers to the row yet.
 */
async function leaveGap(port: ScratchPort, { captured, definition }: FillableTable): Promise<void> {
  const table = quoteName(captured.name);
  const counts = definition.primaryKey?.autoincrement === true;
  if (!counts && !hasOwnRowid(definition)) return;
  const row = counts ? "max(rowid)" : "min(rowid) + 2";
  const deletion = `DELETE FROM ${table} WHERE rowid = (SELECT ${row} FROM ${table})`;
  await port.write([deletion]).catch(() => undefined);
}

async function fillTable(port: ScratchPort, table: FillableTable, options: FillOptions): Promise<boolean> {
  const { name } = table.captured;
  const count = async (): Promise<number> => {
    const [rows = []] = await port.read([`SELECT count(*) AS rows FROM ${quoteName(name)}`]);
    return Number(rows[0]?.["rows"]);
  };
  const before = await count();
  if (before > 0 && options.seed !== undefined && options.salt === 0) return true;
  const offers = await readParents(port, table, options.capture);
  const rounds = table.definition.checks.length > 0 ? attempts : 2;
  for (let round = 0; round < rounds; round++) {
    const candidates = await listCandidates(port, table, { ...options, salt: options.salt + 1_000 * round });
    await insertRows(
      port,
      table,
      makeRows(table, offers, candidates, { round, plain: options.tame === true }),
    );
    if ((await count()) - before >= rowsPerTable / 2) return true;
  }
  return (await count()) > 0;
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

/** Gives a row a parent; one of a few is left without, where it may be. */
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

async function insertRows(port: ScratchPort, table: FillableTable, rows: readonly Row[]): Promise<void> {
  const columns = table.captured.columns
    .filter(({ generated }) => generated === "no")
    .map(({ name }) => name);
  const into = `INSERT OR IGNORE INTO ${quoteName(table.captured.name)} (${columns.map(quoteName).join(", ")}) VALUES`;
  const texts = rows.map((row) => `(${columns.map((name) => row.get(foldName(name)) ?? "NULL").join(", ")})`);
  const accepted = await port.write([`${into} ${texts.join(", ")}`]).then(
    () => true,
    () => false,
  );
  if (accepted) return;
  // IGNORE passes over rows that break a constraint, but not over those that break a foreign key or a trigger.
  for (const text of texts) await port.write([`${into} ${text}`]).catch(() => undefined);
}
