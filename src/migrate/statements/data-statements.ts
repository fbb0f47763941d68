// Finds the statements of upgrade scripts that change rows which were there before the script, and are no part of a
// rebuild that copies every row as it is. The schemas before and after do not show them, so no downgrade that is planned
// from schemas can undo them. Read off the statements alone: whether a row of a test meets a condition does not matter.
import { affinityOf, mayConvert } from "../sql/affinity.ts";
import { type KnownTable, traceOf } from "./followed-table.ts";
import type { SelectedValue } from "./row-selection.ts";
import { type Copy, type Followed, type FollowedTable, followScript, type Step } from "./script-tables.ts";
import { foldName, isWord, nameOf, sameName, significant, type Token, tokenize } from "../sql/sql-tokens.ts";
import { type ColumnDefinition, findColumn } from "../sql/table-definition.ts";
import { type Lineage, traceLineages } from "./table-lineage.ts";
import { readTriggerAct, type Trigger } from "./trigger-targets.ts";

/** A statement that changes rows. */
export interface DataStatement {
  /** Its position in the script, from 0. */
  readonly at: number;
  /** Its verb and its table: `UPDATE users`. */
  readonly summary: string;
}

/** An upgrade script, as far as it is read here. */
export interface ReadableScript {
  readonly text: string;
  readonly statements: readonly { readonly sql: string }[];
}

const verbs: Readonly<Record<string, string>> = {
  CREATE: "CREATE TABLE",
  INSERT: "INSERT INTO",
  REPLACE: "REPLACE INTO",
  UPDATE: "UPDATE",
  DELETE: "DELETE FROM",
};
const dataWords = /\b(?:insert|update|delete|replace|select)\b/i;

/** The data statements of each upgrade script of a history that begins with an empty database. */
export function findDataStatements(
  scripts: readonly ReadableScript[],
): readonly (readonly DataStatement[])[] {
  if (!scripts.some(({ text }) => dataWords.test(text))) return scripts.map(() => []);
  let tables: readonly KnownTable[] = [];
  let triggers: readonly Trigger[] = [];
  return scripts.map(({ statements }) => {
    const texts = statements.map(({ sql }) => sql);
    const followed = followScript(texts, { tables, objects: [] });
    const script = new DataScript(followed, triggers);
    const found = followed.steps.flatMap((step) => script.judge(step));
    tables = followed.tables.filter(({ gone }) => gone === undefined).map(knownTable);
    triggers = script.triggers();
    return found;
  });
}

function knownTable({ now, virtual }: FollowedTable): KnownTable {
  const { definition } = now;
  const { name, strict, withoutRowid } = definition;
  const kind = virtual ? "virtual" : "table";
  return { name, sql: "", kind, strict, withoutRowid, columns: [], definition };
}

/** One script; its steps have to be judged in their order. */
class DataScript {
  readonly #followed: Followed;
  /** The tables that hold older rows: those that existed before the script, their replacements, and copies on the way. */
  readonly #carriers: ReadonlyMap<FollowedTable, Lineage>;
  readonly #triggers: { readonly trigger: Trigger; readonly table: FollowedTable | undefined }[];

  constructor(followed: Followed, triggers: readonly Trigger[]) {
    this.#followed = followed;
    this.#carriers = findCarriers(followed);
    const before = (name: string) =>
      followed.tables.find((table) => table.before !== undefined && sameName(firstName(table), name));
    this.#triggers = triggers.map((trigger) => ({ trigger, table: before(trigger.table) }));
  }

  /** The triggers that are left. */
  triggers(): Trigger[] {
    return this.#triggers.flatMap(({ trigger, table }) => {
      if (table?.gone !== undefined) return [];
      return [table === undefined ? trigger : { ...trigger, table: table.now.definition.name }];
    });
  }

  judge(step: Step): DataStatement[] {
    this.#followTriggers(step);
    if (!this.#changesRows(step)) return [];
    const { act, sql } = step;
    const verb = significant(tokenize(sql)).find((word) => isWord(word, ...Object.keys(verbs)));
    const target = act.kind === "create-table" ? act.name : "table" in act ? act.table : "";
    return [{ at: step.at, summary: `${verbs[verb?.text.toUpperCase() ?? ""] ?? ""} ${target}`.trim() }];
  }

  #followTriggers({ sql, tables }: Step): void {
    const act = readTriggerAct(sql);
    if (act?.kind === "create") {
      this.#triggers.push({ trigger: act.trigger, table: tables.get(foldName(act.trigger.table)) });
    } else if (act?.kind === "drop") {
      const at = this.#triggers.findIndex(({ trigger }) => sameName(trigger.name, act.name));
      if (at !== -1) this.#triggers.splice(at, 1);
    }
  }

  #changesRows(step: Step): boolean {
    const { act, table } = step;
    if (act.kind === "other") return isUnreadDataStatement(step.sql);
    if (act.kind === "create-table") return !this.#isFaithful(step);
    if (act.kind !== "insert" && act.kind !== "update" && act.kind !== "delete") return false;
    if (sameName(act.table, "sqlite_sequence")) return !this.#isCounterOfRebuild(step);
    // A view with triggers, or a table that nothing is known of. The tool's own tables hold no rows of the schema.
    if (table === undefined) return !/^__(?:eaves|drizzle)_/i.test(act.table);
    if (this.#firesForeignTrigger(table)) return true;
    if (!this.#holdsRowsOfBefore(table) || this.#isDropped(table)) return false;
    if (act.kind === "insert") return !isIndexCommand(step) && !this.#isFaithful(step);
    return !(act.kind === "update" && this.#fillsNewColumns(step, act));
  }

  #holdsRowsOfBefore(table: FollowedTable): boolean {
    if (this.#carriers.has(table)) return true;
    // A new table under the name of an old one stands for it in the schema after.
    return this.#followed.tables.some(
      (other) =>
        other.before !== undefined && table.names.some(({ name }) => sameName(name, firstName(other))),
    );
  }

  /** Whether the rows are dropped with their table in this script, so that the schemas do show it. */
  #isDropped(table: FollowedTable): boolean {
    const last = this.#carriers.get(table)?.stages.at(-1)?.table;
    if (last?.gone === undefined) return false;
    const names = [...table.names, ...last.names].map(({ name }) => foldName(name));
    return !this.#followed.tables.some(
      ({ gone, now }) => gone === undefined && names.includes(foldName(now.definition.name)),
    );
  }

  /** Whether a trigger of the table changes older rows. What it writes into archives does not count. */
  #firesForeignTrigger(table: FollowedTable): boolean {
    const old = this.#followed.tables
      .filter((other) => other.gone === undefined && this.#holdsRowsOfBefore(other))
      .flatMap(({ names }) => names.map(({ name }) => foldName(name)))
      .filter((name) => !name.startsWith("__eaves_"));
    return this.#triggers.some(
      (own) => own.table === table && old.some((name) => own.trigger.names.has(name)),
    );
  }

  /** Whether an UPDATE writes to columns alone that the script adds, and that go with its downgrade. */
  #fillsNewColumns(
    step: Step,
    { columns, replaces }: { columns: readonly string[]; replaces: boolean },
  ): boolean {
    const lineage = step.table && this.#carriers.get(step.table);
    if (lineage === undefined || replaces || columns.length === 0) return false;
    return columns.every((column) => this.#isNewColumn(step, lineage, column));
  }

  #isNewColumn({ at, moment }: Pick<Step, "at" | "moment">, { before }: Lineage, column: string): boolean {
    // A definition that cannot be read says nothing of its columns.
    if (moment === undefined || before.definition.columns.length === 0) return false;
    const isRenamed = this.#followed.steps.some(
      (later) => later.at > at && later.act.kind === "rename-column" && sameName(later.act.column, column),
    );
    const isThere = findColumn(moment.definition, column) !== undefined;
    const isOld = findColumn(before.definition, column) !== undefined;
    return isThere && !isOld && !isRenamed && traceOf(moment, column).origin === undefined;
  }

  /** Whether a copy into a table that takes the place of another has every row and value as it was; true for no such copy. */
  #isFaithful(step: Step): boolean {
    const copies = this.#followed.copies.filter(({ into }) => this.#carriers.has(into));
    const copy = copies.find(({ at }) => at === step.at);
    if (copy === undefined) return step.act.kind === "create-table";
    const lineage = this.#carriers.get(copy.into);
    const isOnly = copies.filter(({ into }) => into === copy.into).length === 1;
    if (copy.into.before !== undefined || lineage === undefined || !isOnly) return false;
    if (copy.leavesOut || copy.values === undefined || !readsOneTable(step.sql)) return false;
    const { columns } = copy.target.definition;
    if (columns.length === 0 || copy.origin.definition.columns.length === 0) return false;
    return columns.every(
      (column) => column.generated !== undefined || this.#isKept(step, copy, lineage, column),
    );
  }

  #isKept({ at }: Step, copy: Copy, lineage: Lineage, column: ColumnDefinition): boolean {
    const own = findColumn(copy.origin.definition, column.name);
    // Added by this script, and rebuilt before a row has a value there, as drizzle-kit 1.0 does it.
    if (own !== undefined && this.#isNewColumn({ at, moment: copy.origin }, lineage, column.name))
      return true;
    if (own === undefined) return this.#isNewColumn({ at, moment: copy.target }, lineage, column.name);
    // Computed again if the downgrade makes it a generated column again.
    if (own.generated !== undefined) return true;
    const value = copy.values?.get(foldName(column.name));
    if (value?.column === undefined || !sameName(value.column, column.name)) return false;
    return !value.converted || isConversion(copy, own, column, value);
  }

  /** Whether a statement on `sqlite_sequence` carries the counter of a table that the script makes. */
  #isCounterOfRebuild({ sql }: Step): boolean {
    const words = significant(tokenize(sql));
    const names = words.flatMap(({ kind, text }) =>
      kind === "string" ? [text.slice(1, -1).replaceAll("''", "'")] : [],
    );
    const made = this.#followed.tables.filter(({ before }) => before === undefined);
    const isSet = words.some(({ kind, text }) => kind === "number" && text !== "0");
    return (
      names.length > 0 &&
      names.every((name) =>
        made.some(
          (table) =>
            table.names.some((entry) => sameName(entry.name, name)) &&
            !(isSet && this.#holdsRowsOfBefore(table)),
        ),
      )
    );
  }
}

function firstName({ before, names }: FollowedTable): string {
  return before?.definition.name ?? names[0]?.name ?? "";
}

function findCarriers(followed: Followed): Map<FollowedTable, Lineage> {
  const carriers = new Map<FollowedTable, Lineage>();
  for (const lineage of traceLineages(followed)) {
    for (const { table } of lineage.stages) carriers.set(table, lineage);
  }
  for (let count = -1; count !== carriers.size;) {
    count = carriers.size;
    for (const { into, sources } of followed.copies) {
      const lineage = carriers.get(into);
      if (lineage === undefined || into.before !== undefined) continue;
      for (const source of sources) if (!carriers.has(source)) carriers.set(source, lineage);
    }
  }
  return carriers;
}

/** The words that stand in no parenthesis. */
function topWords(sql: string): Token[] {
  let depth = 0;
  return significant(tokenize(sql)).filter(({ text }) => {
    if (text === ")") depth -= 1;
    const isTop = depth === 0;
    if (text === "(") depth += 1;
    return isTop;
  });
}

function readsOneTable(sql: string): boolean {
  const words = topWords(sql);
  const selects = words.filter((word) => isWord(word, "SELECT")).length;
  return selects === 1 && !words.some((word) => isWord(word, "JOIN", "CONFLICT", "WITH"));
}

/** What the comparison of the schemas names as a conversion too, so that the class of the downgrade says it. */
function isConversion(
  copy: Copy,
  from: ColumnDefinition,
  to: ColumnDefinition,
  value: SelectedValue,
): boolean {
  const affinity = affinityOf(from.type, copy.origin.definition.strict);
  if (isWord(value.words[0], "CAST")) {
    return mayConvert(affinity, affinityOf(to.type, copy.target.definition.strict));
  }
  return to.notNull && !from.notNull && to.defaultValue !== undefined;
}

/** `INSERT INTO search (search) VALUES ('rebuild')`: a command to a full-text index, which changes no row. */
function isIndexCommand({ act, table, sql }: Step): boolean {
  if (act.kind !== "insert" || table?.virtual !== true || act.source !== undefined) return false;
  const command = /^'(?:rebuild|optimize|merge|integrity-check|automerge|crisismerge|usermerge|pgsz|rank)'$/i;
  const isNamed = act.columns?.some((name) => sameName(name, act.table)) === true;
  return isNamed && significant(tokenize(sql)).some(({ text }) => command.test(text));
}

/** A statement that begins like one and could not be read. */
function isUnreadDataStatement(sql: string): boolean {
  const words = topWords(sql);
  const own = ["INSERT", "REPLACE", "UPDATE", "DELETE"];
  if (isWord(words[0], ...own)) return true;
  return (
    isWord(words[0], "WITH") &&
    words.some(
      (word, at) =>
        isWord(word, ...own) && words[at + 1]?.text !== "(" && nameOf(words[at + 1]) !== undefined,
    )
  );
}
