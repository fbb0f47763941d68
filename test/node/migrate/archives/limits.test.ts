// What happens where something outside the tool takes an archive or its triggers away.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Ground } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { adopt, listArchives, pruneArchives, upgrade } from "../../../../src/migrate/index.ts";
import { writeHistory } from "../commands/project.ts";
import { ArchiveProject } from "./archive-project.ts";
import { openGround } from "./ground.ts";
import { ann, base, drizzleRebuild, eveTakesTheIdOfBob, later } from "./scenario.ts";
import { checkDatabaseAlone } from "./check-alone.ts";

const archive = "__eaves_archive_0001_change_1";
const triggers = `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '${archive}%'`;

let ground: Ground;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ ground, close } = await openGround());
});
afterAll(() => close());

let project: ArchiveProject;
beforeEach(async () => {
  project = await ArchiveProject.open(ground, undefined, base);
  await project.revise(base);
});
afterEach(() => project[Symbol.asyncDispose]());

const prune = () => pruneArchives(project.project.context, { target: "0001_change" });
const codes = async () => (await checkDatabaseAlone(project.project)).map(({ code }) => code);

describe("39 an archive that was dropped outside the tool", () => {
  beforeEach(() => project.write([`DROP TABLE ${archive}`]));

  it("makes writes to its table fail, and check says so with what to do", async () => {
    await expect(project.write(["INSERT INTO people (name) VALUES ('eve')"])).rejects.toThrow(
      `no such table: main.${archive}`,
    );
    const [finding] = await checkDatabaseAlone(project.project);
    expect(finding).toMatchObject({ code: "ARCHIVE_MISSING", revision: "0001_change", object: archive });
    expect(finding?.fix).toMatch(/^archive prune 0001_change/);
    // The statement that the message names, for a reader without the tool.
    const statement = /CREATE TABLE .*?\)\)/.exec(finding?.message ?? "")?.[0] ?? "";
    await project.write([statement, ...eveTakesTheIdOfBob]);
    expect(await codes()).toEqual([]);
  });

  it("is repaired by pruning it: writes work again, later revisions too, and the downgrade is refused", async () => {
    await prune();
    // A connection that has seen the fault looks at the schema again with the next statement that can be prepared.
    await project.rows("SELECT count(*) FROM people");
    await project.write(eveTakesTheIdOfBob);
    await project.revise({ after: later });
    await project.takeBack("0001");
    await expect(project.takeBack("0000")).rejects.toMatchObject({ code: "DOWNGRADE_REFUSED" });
    expect(await project.rows("SELECT name FROM people ORDER BY id")).toEqual([["ann"], ["eve"]]);
  });
});

describe("an archive whose triggers are gone", () => {
  beforeEach(async () => {
    await project.writeWithoutKeys(drizzleRebuild);
    await project.write(eveTakesTheIdOfBob);
  });

  it("is found by check, which does not advise to make the triggers again", async () => {
    const [finding, ...others] = await checkDatabaseAlone(project.project);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "ARCHIVE_OUT_OF_STEP", revision: "0001_change" });
    expect(finding?.fix).toMatch(/^archive prune 0001_change/);
  });

  it("keeps a later revision from running that would make them again, until it is pruned", async () => {
    await expect(project.revise({ after: later })).rejects.toMatchObject({ code: "ARCHIVE_OUT_OF_STEP" });
    expect(await project.rows(triggers)).toEqual([[0]]);
    await prune();
    expect(await project.rows(triggers)).toEqual([[3]]);
    await upgrade(project.project.context);
    expect(await codes()).toEqual([]);
    await expect(project.takeBack("0000")).rejects.toMatchObject({ code: "DOWNGRADE_REFUSED" });
  });

  it("is given up by a downgrade that adopt writes in place of the one that is refused", async () => {
    const file = "drizzle/0001_change.down.sql";
    await expect(project.takeBack("0000")).rejects.toMatchObject({
      code: "DOWNGRADE_REFUSED",
      message: expect.stringContaining(`delete ${file} and run \`adopt\``),
    });
    await project.project.remove(file);
    await adopt(project.project.context, {});
    await project.takeBack("0000");
    expect(await project.rows(base.query)).toEqual([
      ["ann", null],
      ["eve", null],
    ]);
    expect(await project.rows(`SELECT name FROM sqlite_schema WHERE name LIKE '${archive}%'`)).toEqual([]);
  });

  it("does not keep a later revision from running that has nothing to do with it", async () => {
    await project.reviseByHand(["CREATE TABLE other (id INTEGER PRIMARY KEY)"], ["DROP TABLE other"]);
    await expect(project.takeBack("0000")).rejects.toMatchObject({ code: "DOWNGRADE_REFUSED" });
  });
});

describe("61 triggers made again by hand, after writes without them", () => {
  it("give the value of a deleted row to the row that got its key: nothing shows it", async () => {
    const made = await project.rows("SELECT sql FROM sqlite_schema WHERE type = 'trigger'");
    await project.writeWithoutKeys(drizzleRebuild);
    await project.write(eveTakesTheIdOfBob);
    await project.write(made.map(([sql]) => String(sql)));
    await project.takeBack("0000");
    expect(await project.rows(base.query)).toEqual([ann, ["eve", "of bob"]]);
  });
});

describe("a pruned archive", () => {
  it("holds no values, is no longer listed, and takes none again", async () => {
    expect(await listArchives(project.project.context)).toMatchObject([{ object: archive, rows: 2 }]);
    expect(await prune()).toEqual({ pruned: [archive], script: undefined });
    expect(await listArchives(project.project.context)).toEqual([]);
    expect(await prune()).toEqual({ pruned: [], script: undefined });
    await expect(project.write([`INSERT INTO ${archive} (id) VALUES (1)`])).rejects.toThrow(/__eaves_pruned/);
  });

  it("is pruned by a script in the same way", async () => {
    const { script } = await pruneArchives(project.project.context, { target: "0001_change", mode: "sql" });
    await project.client.executeMultiple(script ?? "");
    await project.write(eveTakesTheIdOfBob);
    expect(await listArchives(project.project.context)).toEqual([]);
    await expect(project.takeBack("0000")).rejects.toMatchObject({ code: "DOWNGRADE_REFUSED" });
  });
});

describe("an archive of an older version of the tool, without triggers", () => {
  it("is still read by its downgrade, and dropped when it is pruned", async () => {
    const old = await ArchiveProject.open(ground, undefined, base);
    try {
      const up = [
        `-- eaves:allow DROPS_COLUMN kept\nCREATE TABLE ${archive} AS SELECT id, diagnosis FROM people`,
        "ALTER TABLE people DROP COLUMN diagnosis",
      ];
      const down = [
        "ALTER TABLE people ADD COLUMN diagnosis TEXT",
        `UPDATE people SET diagnosis = kept.diagnosis FROM ${archive} AS kept WHERE people.id = kept.id`,
        `DROP TABLE ${archive}`,
      ];
      const join = (statements: readonly string[]) => statements.join(";\n--> statement-breakpoint\n");
      await writeHistory(old.project, [
        { tag: "0000_start", up: `${base.before[0]};\n` },
        { tag: "0001_change", up: join(up), down: join(down) },
      ]);
      await upgrade(old.project.context);
      await old.takeBack("0000");
      expect(await old.rows(base.query)).toEqual([ann, ["bob", "of bob"]]);
      await upgrade(old.project.context);
      await pruneArchives(old.project.context, { target: "0001_change" });
      expect(await old.rows(`SELECT name FROM sqlite_schema WHERE name = '${archive}'`)).toEqual([]);
    } finally {
      await old[Symbol.asyncDispose]();
    }
  });
});
