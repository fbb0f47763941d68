// Two histories in one database: the second one keeps its bookkeeping under a prefix, and neither notices the other.
import { expect, describe, it } from "vitest";
import { downgrade, readCurrent, stamp, upgrade } from "../../../../src/migrate/index.ts";
import { startScratchServer } from "../../../../src/sqld/scratch-server.ts";
import { createProject, threeRevisions, writeHistory } from "./project.ts";

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
            up: "CREATE TABLE other (id INTEGER PRIMARY KEY);",
            down: "DROP TABLE other;",
          },
        ]);
        const context = { ...second.context, tablePrefix: "second_" };
        await upgrade(first.context);
        const before = await first.sql("SELECT group_concat(hash) FROM __drizzle_migrations");
        await stamp(context, { target: "base" });
        expect((await upgrade(context)).executed).toEqual(["0000_other"]);
        expect((await readCurrent(first.context)).current).toBe("0002_posts");
        expect((await readCurrent(context)).current).toBe("0000_other");
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
