// A revision that changes rows by statements of its own is never called exact, and no downgrade is written that does not
// restore them; judged over rows that meet its conditions, with Node's own SQLite.
import { assert, asyncProperty, gen } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { adoptHistory } from "../../../src/migrate/proof/adoption.ts";
import { count, seed } from "../../support/tier.ts";
import { openGround, type TestGround } from "./proof/ground.ts";
import { revisionOf } from "./proof/project.ts";
import { dataRevision, meetingRows, smallSchema } from "./random/data-statements.ts";
import { openPlain, readPlain, runPlain } from "./random/plain-runner.ts";
import { chooser } from "./random/schema-generator.ts";

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround("file");
});
afterAll(() => ground.close());

describe("random revisions with data statements", () => {
  it("are unknown and have no planned downgrade where they change rows, and lose nothing where they have one", async () => {
    const seen: string[] = [];
    const every = asyncProperty(gen(), async (generate) => {
      const choose = chooser(generate);
      const tables = smallSchema(choose);
      const first = tables.map(({ sql }) => sql);
      const { what, statements, harmless } = dataRevision(choose, tables);
      const rows = openPlain([...first, ...meetingRows(tables)]);
      rows.exec("PRAGMA foreign_keys = OFF");
      const was = readPlain(rows);
      const applied = runPlain(rows, statements);
      // Such as a literal that breaks a key.
      if (applied.failedAt !== undefined) {
        rows.close();
        return;
      }
      const is = readPlain(rows);
      const isChanged = tables.some(({ name }) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
      const separator = choose(";\n", ";\n--> statement-breakpoint\n");
      const revisions = [first, statements].map((script, at) => ({
        ...revisionOf(`000${at}_step`, script.join(separator)),
        down: "missing" as const,
        model: undefined,
      }));
      const [, adopted] = await adoptHistory(ground, { revisions, clock: () => 0 });
      const note = `${first.join(";\n")};\n-- ${what}\n${statements.join(";\n")}`;
      seen.push(`${what} ${harmless || isChanged ? "met" : "not met"}`);
      expect(adopted?.upgrade, note).toBe("ok");
      expect(adopted?.class === "unknown", note).toBe(!harmless);
      if (harmless) {
        expect(adopted, note).toMatchObject({ downgrade: "proven" });
        expect(runPlain(rows, adopted?.statements ?? []).failedAt, note).toBeUndefined();
        const back = readPlain(rows);
        for (const { name } of tables) expect(back[name], note).toEqual(was[name]);
      } else expect(adopted, note).toMatchObject({ statements: [], plan: undefined, downgrade: "unproven" });
      rows.close();
    });
    await assert(every, { seed: seed(), numRuns: count({ quick: 30, long: 200 }), endOnFailure: true });
    // Rows that meet no condition would prove nothing.
    const met = seen.filter((one) => one.endsWith(" met") && !one.endsWith("not met"));
    expect(met.length).toBeGreaterThan(seen.length * 0.7);
    expect(new Set(seen.map((one) => one.replace(/ (?:not )?met$/, ""))).size).toBeGreaterThan(10);
  });
});
