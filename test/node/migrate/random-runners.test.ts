// A script that the tool writes does no harm under a runner that keeps foreign keys on: it does the same as where they are
// off, or fails and leaves everything as it was; and where rows of other tables would go, it fails at its first statement.
import { assert, gen, property } from "fast-check";
import { describe, expect, it } from "vitest";

import { planArchives } from "../../../src/migrate/planning/archive-plan.ts";
import { guardForeignKeys } from "../../../src/migrate/statements/foreign-key-guard.ts";
import { invertRenames } from "../../../src/migrate/schema/renames.ts";
import { planSchema } from "../../../src/migrate/planning/schema-planner.ts";
import { count, seed } from "../../support/tier.ts";
import { openPlain, readPlain, runPlain } from "./random/plain-runner.ts";
import { createStatements, fillStatements } from "./random/random-rows.ts";
import { editSchema } from "./random/schema-edits.ts";
import { chooser, makeSchema } from "./random/schema-generator.ts";
import { captureOf, renamesBetween } from "./random/schema-model.ts";

type Outcome = "as with keys off" | "refused at once" | "failed later" | "fails with keys off";

const sqlOf = (statements: readonly { readonly sql: string }[]): string[] => statements.map(({ sql }) => sql);

function judge(made: readonly string[], script: readonly string[]): Outcome {
  const [off, on] = [openPlain(made), openPlain(made)];
  const was = readPlain(on);
  off.exec("PRAGMA foreign_keys = OFF");
  const expected = runPlain(off, script);
  const found = runPlain(on, script);
  const [right, is] = [readPlain(off), readPlain(on)];
  off.close();
  on.close();
  if (found.failedAt !== undefined) expect(is).toEqual(was);
  if (expected.failedAt !== undefined) return "fails with keys off";
  if (found.failedAt === undefined) expect(is).toEqual(right);
  if (/foreign_keys = 1/.test(script[0] ?? "")) {
    expect(found).toMatchObject({ failedAt: 0, message: expect.stringContaining("foreign keys are on") });
  }
  if (found.failedAt === undefined) return "as with keys off";
  return found.failedAt === 0 ? "refused at once" : "failed later";
}

describe("scripts under a runner that keeps foreign keys on", () => {
  it("do what they do with foreign keys off, or nothing", () => {
    const outcomes: Outcome[] = [];
    const every = property(gen(), (generate) => {
      const choose = chooser(generate);
      const { schema: from, maker } = makeSchema(choose);
      const { edited: to } = editSchema(from, maker);
      const [before, after] = [captureOf(from), captureOf(to)];
      const renames = renamesBetween(from, to);
      const archives = planArchives(before, after, renames, "0001_x");
      const up = [
        ...sqlOf(archives.opening),
        ...sqlOf(planSchema({ from: before, to: after, renames }).statements),
        ...sqlOf(archives.closing),
      ];
      const guarded = guardForeignKeys(up, before);
      const back = { from: after, to: before, renames: invertRenames(renames) };
      const made = [...createStatements(before), ...fillStatements(choose, from, "r")];
      outcomes.push(judge(made, guarded));
      const down = planSchema({ ...back, archives: [] }).statements;
      outcomes.push(judge([...createStatements(after), ...fillStatements(choose, to, "r")], sqlOf(down)));
      const applied = ["PRAGMA foreign_keys = OFF", ...guarded, "PRAGMA foreign_keys = ON"];
      const restoring = planSchema({ ...back, archives: archives.archives }).statements;
      outcomes.push(judge([...made, ...applied], sqlOf(restoring)));
    });
    assert(every, { seed: seed(), numRuns: count({ quick: 150, long: 3_000 }), endOnFailure: true });
    const share = (outcome: Outcome): number =>
      outcomes.filter((one) => one === outcome).length / outcomes.length;
    expect(share("refused at once")).toBeGreaterThan(0.05);
    expect(share("as with keys off")).toBeGreaterThan(0.1);
  });
});
