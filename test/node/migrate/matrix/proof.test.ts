// The tool's own proof over the matrix: it takes no upgrade that the oracle rejects, and proves every downgrade.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proposeRevision } from "../../../../src/migrate/proof/proposal.ts";
import { withScratch } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { parseChecksum, parseTag } from "../../../../src/migrate/history/revision.ts";
import { buildScript, renderScript } from "../../../../src/migrate/history/script-text.ts";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import { count, isLong } from "../../../support/tier.ts";
import { fillCell } from "./cell.ts";
import type { Dialect } from "./drizzle-diff.ts";
import { openPlace, type Place } from "./place.ts";
import { expectedStructure, prepareChange, type PreparedChange } from "./trial.ts";

/** In `npm test` the changes over which drizzle-kit's SQL goes wrong without an error: they are the proof's own work. */
const quick = new Set([
  "add column references onDelete cascade",
  "set NOT NULL beside falsy defaults",
  "change type text->integer",
  "rebuild autoincrement table (sequence kept?)",
  "NOT NULL on table with trigger",
  "drop generated (become plain)",
  "drop column plain",
]);
const changes = allChanges.filter(({ name }) => isLong() || quick.has(name));
const dialects: readonly Dialect[] = ["sqlite", "turso"];

let place: Place;

beforeAll(async () => {
  place = await openPlace("file");
});

afterAll(() => place.close());

/** What the proof decides on a history whose only revision makes the schema before the change. */
function propose(prepared: PreparedChange, dialect: Dialect) {
  const text = renderScript([], prepared.creates);
  const checksum = parseChecksum(createHash("sha256").update(text).digest("hex"));
  const up = buildScript("drizzle/0000_base.sql", text, checksum);
  return withScratch((ground) =>
    proposeRevision(ground, {
      history: [{ tag: parseTag("0000_base"), up }],
      tag: "0001_change",
      generated: prepared.drizzle[dialect].up.filter((sql) => sql.trim() !== "" && !/^PRAGMA/i.test(sql)),
      previous: prepared.previous,
      next: prepared.next,
      renames: prepared.renames,
      archive: () => Promise.resolve(true),
      clock: Date.now,
    }),
  );
}

describe("proposeRevision", () => {
  it.each(changes)(
    "$name: kept only where the oracle agrees, and proven",
    { timeout: count({ quick: 30_000, long: 120_000 }) },
    async (change) => {
      const prepared = await prepareChange(change);
      const expected = await expectedStructure(place, prepared);
      for (const dialect of dialects) {
        const { origin, proof } = await propose(prepared, dialect);
        expect(proof).toMatchObject({ upgrade: "ok", downgrade: "proven" });
        if (origin === "rewrite" || change.refused !== undefined) continue;
        expect(await fillCell(place, prepared, expected, dialect)).toMatchObject({
          upgrade: "drizzle",
          faults: [],
        });
      }
    },
  );
});
