// An archive never stands in the way: of deletes, of names, of revisions that follow, of drizzle-kit push.
import { integer, index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import { type SchemaChange, t } from "../../../fixtures/schema-changes/schema-change.ts";
import { openProject, writeSchema } from "../faults/project.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { compareContents } from "./contents.ts";
import { openPlace, type Place } from "./place.ts";
import { compareStructures } from "./structure.ts";
import { planDowngrade, planUpgrade } from "./tool.ts";
import { prepareChange, readState, setUp } from "./trial.ts";

let place: Place;

beforeAll(async () => {
  place = await openPlace("server");
});

afterAll(() => place.close());

async function upgraded(change: SchemaChange) {
  const prepared = await prepareChange(change);
  const before = await setUp(place, prepared);
  const upgrade = planUpgrade({ ...prepared, before: before.capture, drizzle: undefined });
  await place.database.migrate(upgrade.statements);
  const back = async (): Promise<string[]> =>
    planDowngrade(upgrade, before.capture, await readCapture(place.database));
  return { prepared, before, back };
}

function changeOf(name: string): SchemaChange {
  const change = allChanges.find((candidate) => candidate.name === name);
  if (change === undefined) throw new Error(`no change is called ${name}`);
  return change;
}

const archived = "SELECT count(*) AS rows FROM __eaves_archive_0001_change_1";

/** The same table with ever fewer columns, and then another name. */
const steps = [
  t({ a: text(), b: integer(), c: text() }),
  t({ a: text(), c: text() }),
  t({ c: integer() }),
  { u: sqliteTable("u", { id: integer().primaryKey(), c: integer() }) },
];

describe("an archive", () => {
  it("lets a parent be deleted whose children it holds, and forgets those with it", async () => {
    const { back } = await upgraded(changeOf("drop child table of a cascade"));
    const orphans = "SELECT count(*) AS rows FROM __eaves_archive_0001_change_1 WHERE pid IN (1, 2)";
    const [[{ rows: theirs } = { rows: 0n }] = []] = await place.read([orphans]);
    expect(Number(theirs)).toBeGreaterThan(0);
    await place.database.write(["DELETE FROM p WHERE id IN (1, 2)"]);
    const left = 6n - BigInt(Number(theirs));
    expect(await place.read([archived])).toMatchObject([[{ rows: left }]]);
    await place.database.migrate(await back());
    expect(await place.read(["SELECT count(*) AS rows FROM c"])).toMatchObject([[{ rows: left }]]);
  });

  it("leaves the names of indexes free", async () => {
    const indexed = sqliteTable("u", { id: integer().primaryKey(), b: text() }, (self) => [
      index("ix").on(self.b),
    ]);
    const { prepared, before, back } = await upgraded({
      name: "drop",
      before: { ...t({ a: text() }), indexed },
      after: t({ a: text() }),
    });
    await place.database.migrate(["CREATE INDEX ix ON t (a)", "DROP INDEX ix"]);
    await place.database.migrate(await back());
    const after = await readState(place, prepared, "previous");
    expect(compareStructures(before.structure, after.structure, true)).toEqual([]);
    expect(compareContents(before.contents, after.contents)).toEqual([]);
  });

  it("lets revisions follow that change, convert and rename the same table, and all of them be taken back", async () => {
    const changes = await Promise.all(
      steps.slice(1).map((after, at) =>
        prepareChange({
          name: `step ${at}`,
          before: steps[at] ?? {},
          after,
          ...(at === 2 ? { renames: ["t=u"] } : {}),
        }),
      ),
    );
    const [first] = changes;
    if (first === undefined) throw new Error("there are no steps");
    const start = await setUp(place, first);
    const backs: (readonly string[])[] = [];
    for (const [at, prepared] of changes.entries()) {
      const before = await readCapture(place.database);
      const upgrade = planUpgrade({ ...prepared, before, drizzle: undefined, tag: `000${at + 1}_step` });
      await place.database.migrate(upgrade.statements);
      backs.unshift(planDowngrade(upgrade, before, await readCapture(place.database)));
    }
    expect(backs).toHaveLength(3);
    for (const back of backs) await place.database.migrate(back);
    const end = await readState(place, first, "previous");
    expect(compareStructures(start.structure, end.structure, true)).toEqual([]);
    expect(compareContents(start.contents, end.contents)).toEqual([]);
  });

  it("is left alone by drizzle-kit push", async () => {
    const project = await openProject(
      place,
      new URL("../../../../node_modules/.cache", import.meta.url).pathname,
    );
    try {
      await upgraded({ name: "drop", before: t({ a: text(), b: text() }), after: t({ a: text() }) });
      const schema = [
        `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";`,
        `export const t = sqliteTable("t", { id: integer().primaryKey(), a: text(), fresh: text() });`,
      ];
      await writeSchema(project, schema.join("\n"), place.url, { tablesFilter: ["!__eaves_*"] });
      await project.drizzleKit("push", "--force");
      expect(await project.query("SELECT name FROM pragma_table_info('t')")).toMatchObject([
        { name: "id" },
        { name: "a" },
        { name: "fresh" },
      ]);
      expect(await project.query(archived)).toMatchObject([{ rows: 6n }]);
    } finally {
      await project.remove();
    }
  });
});
