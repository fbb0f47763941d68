// The labelled cases of hazards are themselves sound: SQLite runs them, and every label points at something.
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it, onTestFinished } from "vitest";

import { type HazardCase, type HazardCode, hazardCodes } from "../../fixtures/hazards/case.ts";
import { seenCases } from "../../fixtures/hazards/seen-all.ts";
import { unseenCases } from "../../fixtures/hazards/unseen-all.ts";

const halves = { seen: seenCases, unseen: unseenCases };
const allCases = Object.values(halves).flat();
const codes = Object.keys(hazardCodes) as HazardCode[];
const breakpoint = "--> statement-breakpoint";
const blank = /^(?:\s|--.*(?:\n|$)|\/\*[^]*?\*\/)*$/;

function has(each: HazardCase, ...wanted: readonly HazardCode[]): boolean {
  return each.hazards.some(({ code }) => wanted.includes(code));
}

/** Whether nothing is wrong with a case but that it takes long. */
function isNearMiss({ hazards }: HazardCase): boolean {
  return hazards.length > 0 && hazards.every(({ code }) => hazardCodes[code] === "long lock");
}

/** Runs a script statement by statement, as SQLite takes it apart, and returns what it took. */
function run(database: DatabaseSync, script: string): string[] {
  const taken: string[] = [];
  for (let rest = script; !blank.test(rest); rest = rest.slice(taken.at(-1)?.length)) {
    const statement = database.prepare(rest);
    statement.run();
    taken.push(statement.sourceSQL);
  }
  return taken;
}

function chunks(script: string): string[] {
  return script.split(breakpoint).filter((chunk) => !blank.test(chunk));
}

/** A database with the schema and the rows of before. */
function open(each: HazardCase): DatabaseSync {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: each.foreignKeys === "on" });
  onTestFinished(() => database.close());
  for (const sql of each.before) database.exec(sql);
  return database;
}

/** The statements of a case: run, unless no SQLite of ours can or may run them. */
function play(each: HazardCase): string[] {
  const database = open(each);
  if (each.libsqlOnly || has(each, "REFUSED_BY_SERVER")) return chunks(each.script);
  // As the tool does it, with everything in one transaction, unless the script has its own.
  if (has(each, "TRANSACTION_STATEMENT")) return run(database, each.script);
  database.exec("BEGIN");
  const taken = run(database, each.script);
  database.exec("COMMIT");
  return taken;
}

function labelsOf(cases: readonly HazardCase[], code: HazardCode): number {
  return cases.flatMap(({ hazards }) => hazards).filter((hazard) => hazard.code === code).length;
}

describe("the labelled cases of hazards", () => {
  it("are enough, half of them harmless or nearly so, and their halves alike", () => {
    const rows = codes.map((code) => ({
      code,
      seen: labelsOf(seenCases, code),
      unseen: labelsOf(unseenCases, code),
    }));
    const counts = Object.entries(halves).map(([half, cases]) => ({
      half,
      cases: cases.length,
      harmless: cases.filter(({ hazards }) => hazards.length === 0).length,
      nearly: cases.filter(isNearMiss).length,
      statements: cases.flatMap(({ script }) => chunks(script)).length,
      labels: cases.flatMap(({ hazards }) => hazards).length,
    }));
    const lines = [
      ...counts.map((row) => Object.entries(row).flat().join(" ")),
      ...rows.map(({ code, seen, unseen }) => `${code.padEnd(22)} ${seen} ${unseen}`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);

    expect(allCases.length).toBeGreaterThanOrEqual(130);
    for (const { cases, harmless, nearly, statements } of counts) {
      expect(harmless + nearly).toBeGreaterThanOrEqual(cases / 2);
      expect(statements).toBeGreaterThanOrEqual(160);
    }
    for (const { code, seen, unseen } of rows) {
      expect(Math.min(seen, unseen), code).toBeGreaterThanOrEqual(3);
      expect(Math.abs(seen - unseen), code).toBeLessThanOrEqual(3);
    }
  });

  it("have names of their own", () => {
    const names = allCases.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it("share no script", () => {
    const scripts = allCases.map(({ script }) => script);
    expect(scripts.filter((script, at) => scripts.indexOf(script) !== at)).toEqual([]);
  });

  it.each(allCases)("$name", (each) => {
    const statements = play(each);
    const keys = each.hazards.map(({ code, on, statement }) => `${statement} ${code} ${on}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(each.hazards.map(({ code }) => code).filter((code) => !codes.includes(code))).toEqual([]);
    const numbers = each.hazards.map(({ statement }) => statement);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));

    const text = [...each.before, each.script].join("\n");
    for (const { on, statement } of each.hazards) {
      expect(statement).toBeGreaterThanOrEqual(1);
      expect(statement).toBeLessThanOrEqual(statements.length);
      // What is in danger is spelled as somewhere in the schema or in the script.
      for (const part of on.split(/[. ]/)) expect(text).toContain(part);
    }
    const several = each.hazards.filter(({ code }) => code === "SEVERAL_STATEMENTS");
    const joined = statements.slice(1).filter((sql) => !sql.includes(breakpoint));
    if (!each.libsqlOnly && !has(each, "REFUSED_BY_SERVER"))
      expect(joined.length > 0).toBe(several.length > 0);
  });
});
