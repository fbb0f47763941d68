// Two histories in one database: the second one keeps its bookkeeping under a prefix, and neither notices the other.
import { expect, describe, it } from "vitest";
import { downgrade, listArchives, readCurrent, stamp, upgrade } from "../../../../src/migrate/index.ts";
import { startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";
import { createProject, threeRevisions, writeHistory } from "./project.ts";

const breakpoint = "\n--> statement-breakpoint\n";
const archive = "__eaves_archive_0001_archiving_1";
const archiving = {
  tag: "0001_archiving",
  up: [
    `-- eaves:allow DROPS_COLUMN kept in an archive\nCREATE TABLE ${archive} (id INTEGER PRIMARY KEY, name TEXT);`,
    `INSERT INTO ${archive} SELECT id, name FROM other;`,
    "ALTER TABLE other DROP COLUMN name;",
    `CREATE TRIGGER ${archive}_deleted AFTER DELETE ON other BEGIN DELETE FROM ${archive} WHERE id = OLD.id; END;`,
  ].join(breakpoint),
  down: [
    `-- eaves:class archived\nDROP TRIGGER ${archive}_deleted;`,
    "ALTER TABLE other ADD COLUMN name TEXT;",
    `UPDATE other SET name = kept.name FROM ${archive} AS kept WHERE other.id = kept.id;`,
    `DROP TABLE ${archive};`,
  ].join(breakpoint),
};

describe("tablePrefix", () => {
  it("keeps a second history apart from the first, over a server and over a file", async () => {
    const server = await startScratchServer();
    try {
      for (const url of [server.url, undefined]) {
        await using first = await createProject(url);
        await using second = await createProject(first.databaseUrl);
        await writeHistory(first, threeRevisions);
        await writeHistory(second, [
          {
            tag: "0000_other",
            up: "CREATE TABLE other (id INTEGER PRIMARY KEY, name TEXT);",
            down: "DROP TABLE other;",
          },
          archiving,
        ]);
        const context = { ...second.context, tablePrefix: "second_" };
        await upgrade(first.context);
        const before = await first.sql("SELECT group_concat(hash) FROM __drizzle_migrations");
        await stamp(context, { target: "base" });
        expect((await upgrade(context, { target: "+1" })).executed).toEqual(["0000_other"]);
        await first.sql("INSERT INTO other VALUES (1, 'kept')");
        expect((await upgrade(context)).executed).toEqual(["0001_archiving"]);
        expect((await readCurrent(first.context)).current).toBe("0002_posts");
        expect((await readCurrent(context)).current).toBe("0001_archiving");
        expect((await listArchives(context)).map(({ object }) => object)).toEqual([archive]);
        expect((await downgrade(context, { target: "-1" })).executed).toEqual(["0001_archiving"]);
        expect(await first.sql("SELECT name FROM other")).toEqual(["kept"]);
        expect((await downgrade(context, { target: "base" })).executed).toEqual(["0000_other"]);
        expect(await first.sql("SELECT group_concat(hash) FROM __drizzle_migrations")).toEqual(before);
        const own =
          "SELECT name FROM sqlite_schema WHERE name LIKE '%second%' AND type = 'table' ORDER BY name";
        expect(await first.sql(own)).toEqual([
          "__second_drizzle_migrations",
          "__second_eaves_guard",
          "__second_eaves_revisions",
          "__second_eaves_schema",
        ]);
        // The first one finds its schema as it has left it.
        expect((await downgrade(first.context, { target: "base" })).executed).toHaveLength(3);
      }
    } finally {
      await server.stop();
    }
  });
});
