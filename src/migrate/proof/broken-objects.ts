// Whether everything in a schema still works: each view can be read, each table takes an INSERT, an UPDATE and a DELETE
// with its triggers, and each foreign key has its parent key. SQLite compiles a statement with all of that even if it
// touches no row, so that a constraint refuses nothing here; triggers are fired by real rows besides.
import type { Capture, CapturedObject } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import { findFaultyKeys } from "../schema/parent-keys.ts";
import { foldName, isWord, quoteName, sameName, significant, tokenize } from "../sql/sql-tokens.ts";
import type { Contents, TableRows } from "./row-reading.ts";
import type { ScratchPort } from "./scratch.ts";

/** Something that cannot be used. */
export interface BrokenObject {
  /** `view v`, `trigger t`, `table users`, `foreign key of users (team_id)`; the same for the same fault. */
  readonly object: string;
  /** The object with what SQLite says, for a message. */
  readonly problem: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

type Use = "INSERT" | "UPDATE" | "DELETE";

/** One try: statements that change nothing, or whose changes are taken back. */
interface Probe {
  /** The table or view. */
  readonly name: string;
  readonly kind: "table" | "view" | "virtual";
  readonly use: Use | "SELECT";
  readonly statements: readonly string[];
}

interface FailedProbe {
  readonly probe: Probe;
  readonly message: string;
  /** A constraint, or RAISE in a trigger: the schema is in order, and the row is refused. */
  readonly isRefusal: boolean;
}

/** Finds everything that does not work, whatever the rows are. One round trip if nothing is broken. */
export async function findBroken(port: ScratchPort, capture: Capture): Promise<BrokenObject[]> {
  const failed = await runProbes(await listProbes(port, capture), (statements) => port.write(statements));
  if (failed.length === 0) return [];
  const keys = findFaultyKeys(capture).map(({ table, columns, problem, remedy }): BrokenObject => ({
    object: `foreign key of ${table} (${columns.join(", ")})`,
    problem: `the foreign key of ${table} (${columns.join(", ")}) ${problem}`,
    remedy,
  }));
  const named: BrokenObject[] = [...keys];
  for (const failure of failed) named.push(...(await attribute(port, capture, failure, keys.length > 0)));
  return [...new Map(named.map((broken) => [broken.object, broken])).values()];
}

/**
 * Fires the triggers of each table that has rows: one row is updated, deleted and inserted again, and all of that taken
 * back. A row that a trigger refuses counts, since it was taken before.
 */
export async function findRefusing(
  port: ScratchPort,
  capture: Capture,
  contents: Contents,
): Promise<BrokenObject[]> {
  const probes = capture.tables.flatMap(({ name, kind }) => {
    const rows = contents.tables.get(foldName(name));
    return kind === "table" && rows !== undefined ? rowProbes(capture, rows) : [];
  });
  // With foreign keys off: which rows refer to a row is no fault of the schema.
  const failed = await runProbes(probes, (statements) => port.migrate(statements));
  const named: BrokenObject[] = [];
  for (const failure of failed) named.push(...(await attribute(port, capture, failure, false)));
  return [...new Map(named.map((broken) => [broken.object, broken])).values()];
}

/** What is broken now and was not before. */
export function newlyBroken(
  before: readonly BrokenObject[],
  after: readonly BrokenObject[],
): readonly BrokenObject[] {
  const had = new Set(before.map(({ object }) => foldName(object)));
  return after.filter(({ object }) => !had.has(foldName(object)));
}

/** All probes in one transaction; after a failure those that come after it, since those before it have passed. */
async function runProbes(
  probes: readonly Probe[],
  run: (statements: readonly string[]) => Promise<unknown>,
): Promise<FailedProbe[]> {
  const failed: FailedProbe[] = [];
  for (let open = probes; open.length > 0;) {
    const failure = await failureOf(() => run(open.flatMap(({ statements }) => statements)));
    if (failure === undefined) break;
    let last = failure.index;
    const at = open.findIndex(({ statements }) => (last -= statements.length) < 0);
    const probe = open[at];
    if (probe === undefined) break;
    // A virtual table that only its module writes.
    if (!/may not be modified|cannot modify/i.test(failure.message)) failed.push({ probe, ...failure });
    open = open.slice(at + 1);
  }
  return failed;
}

interface Failure {
  readonly index: number;
  readonly message: string;
  readonly isRefusal: boolean;
}

async function failureOf(run: () => Promise<unknown>): Promise<Failure | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    const index = error instanceof MigrationError ? error.details["index"] : undefined;
    if (!(error instanceof MigrationError) || typeof index !== "number") throw error;
    const isRefusal = String(error.details["sqliteCode"]).startsWith("SQLITE_CONSTRAINT");
    return { index, message: error.message, isRefusal };
  }
}

async function listProbes(port: ScratchPort, capture: Capture): Promise<Probe[]> {
  const views = capture.objects.filter(({ kind }) => kind === "view");
  const probes: Probe[] = views.map(({ name }) => readProbe("view", name));
  for (const { name } of views) probes.push(...(await viewWrites(port, capture, name)));
  for (const { name, kind, columns } of capture.tables) {
    if (kind === "virtual") probes.push(readProbe("virtual", name));
    const stored = columns
      .filter(({ generated }) => generated === "no")
      .map((column) => quoteName(column.name));
    if (stored.length === 0) continue;
    const values = stored.map(() => "NULL").join(", ");
    const table = quoteName(name);
    const write = (use: Use, sql: string): Probe => ({ name, kind, use, statements: [sql] });
    probes.push(
      write("INSERT", `INSERT INTO ${table} (${stored.join(", ")}) SELECT ${values} WHERE 0`),
      write(
        "UPDATE",
        `UPDATE ${table} SET ${stored.map((column) => `${column} = ${column}`).join(", ")} WHERE 0`,
      ),
      write("DELETE", `DELETE FROM ${table} WHERE 0`),
    );
  }
  return probes;
}

function readProbe(kind: Probe["kind"], name: string): Probe {
  return { name, kind, use: "SELECT", statements: [`SELECT * FROM ${quoteName(name)} LIMIT 1`] };
}

/** Writes to a view go through its INSTEAD OF triggers; one that has none takes none. */
async function viewWrites(port: ScratchPort, capture: Capture, name: string): Promise<Probe[]> {
  const view = quoteName(name);
  const write = (use: Use, sql: string): Probe[] =>
    triggersOf(capture, name, use).length === 0 ? [] : [{ name, kind: "view", use, statements: [sql] }];
  const isUpdated = triggersOf(capture, name, "UPDATE").length > 0;
  const [columns = []] = isUpdated
    ? await port
        .read([`SELECT name FROM pragma_table_info('${name.replaceAll("'", "''")}') LIMIT 1`])
        .catch(() => [])
    : [];
  const column = columns[0]?.["name"];
  const set = typeof column === "string" ? quoteName(column) : undefined;
  return [
    ...write("INSERT", `INSERT INTO ${view} SELECT * FROM ${view} WHERE 0`),
    ...(set === undefined ? [] : write("UPDATE", `UPDATE ${view} SET ${set} = ${set} WHERE 0`)),
    ...write("DELETE", `DELETE FROM ${view} WHERE 0`),
  ];
}

/** One row of a table that has triggers, updated, deleted and inserted again. */
function rowProbes(capture: Capture, { name, columns, computed, rows }: TableRows): Probe[] {
  const [row] = rows;
  const stored = columns.flatMap((column, at) =>
    computed.includes(column) ? [] : [{ column: quoteName(column), value: row?.[at] ?? "NULL" }],
  );
  if (row === undefined || stored.length === 0) return [];
  const table = quoteName(name);
  const isRow = stored.map(({ column, value }) => `${column} IS ${value}`).join(" AND ");
  const names = stored.map(({ column }) => column);
  const remove = `DELETE FROM ${table} WHERE ${isRow}`;
  const sql: Readonly<Record<Use, readonly string[]>> = {
    INSERT: [
      remove,
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${stored.map(({ value }) => value).join(", ")})`,
    ],
    UPDATE: [
      `UPDATE ${table} SET ${names.map((column) => `${column} = ${column}`).join(", ")} WHERE ${isRow}`,
    ],
    DELETE: [remove],
  };
  const isFired = (use: Use) => triggersOf(capture, name, use).length > 0;
  const uses = (["UPDATE", "DELETE", "INSERT"] as const).filter(isFired);
  return uses.map((use) => ({ name, kind: "table", use, statements: takenBack(sql[use]) }));
}

function takenBack(statements: readonly string[]): string[] {
  return ["SAVEPOINT probe", ...statements, "ROLLBACK TO probe", "RELEASE probe"];
}

function triggersOf(capture: Capture, table: string, use: Use): CapturedObject[] {
  return capture.objects.filter(
    (object) => object.kind === "trigger" && sameName(object.table, table) && eventOf(object.sql) === use,
  );
}

function eventOf(sql: string): string | undefined {
  const words = significant(tokenize(sql));
  const name = words.findIndex((token) => isWord(token, "TRIGGER"));
  const event = words
    .slice(name + 1)
    .find((token, at) => at > 0 && isWord(token, "INSERT", "UPDATE", "DELETE"));
  return event?.text.toUpperCase();
}

/** A statement that always fails, so that what comes before it is taken back. */
const undo = "SELECT abs(-9223372036854775807 - 1)";

/** Names what makes a statement fail: each trigger that does so by itself, or the table or view. */
async function attribute(
  port: ScratchPort,
  capture: Capture,
  { probe, message, isRefusal }: FailedProbe,
  hasFaultyKey: boolean,
): Promise<BrokenObject[]> {
  const { name, kind, use, statements } = probe;
  const remedy = "drop or change it in a revision before this one (revision --empty)";
  if (use === "SELECT") {
    const object = kind === "view" ? `view ${name}` : `table ${name}`;
    return [{ object, problem: `the ${object} cannot be read: ${message}`, remedy }];
  }
  const triggers = triggersOf(capture, name, use);
  const without = async (gone: readonly CapturedObject[]): Promise<Failure | undefined> => {
    const drops = gone.map((trigger) => `DROP TRIGGER ${quoteName(trigger.name)}`);
    const failure = await failureOf(() => port.migrate([...drops, ...statements, undo]));
    return failure?.index === drops.length + statements.length ? undefined : failure;
  };
  const broken: BrokenObject[] = [];
  for (const trigger of triggers) {
    const failure = await without(triggers.filter((other) => other !== trigger));
    if (failure === undefined) continue;
    const verb = failure.isRefusal ? "refuses every" : "fails at";
    const problem = `the trigger ${trigger.name} ${verb} ${use} of ${name}: ${failure.message}`;
    broken.push({ object: `trigger ${trigger.name}`, problem, remedy });
  }
  if (broken.length > 0 || isRefusal) return broken;
  // Foreign keys are off here: a statement that works now fails at a key.
  const isKey = (await without([])) === undefined;
  if (isKey && hasFaultyKey) return [];
  return [
    {
      object: `table ${name}`,
      problem: `the table ${name} takes no ${use}: ${message}`,
      remedy,
    },
  ];
}
