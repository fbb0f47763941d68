// What a revision does to programs that use the database, from snapshots as drizzle-kit writes them.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEffects } from "../../../../src/migrate/index.ts";

type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>;

const history: Readonly<Record<string, Tables>> = {
  "0000_begin": { t: { id: "integer", a: "text" } },
  "0001_add": { t: { id: "integer", a: "text", b: "text" }, u: {} },
  "0002_drop": { t: { id: "integer", b: "text" } },
  "0003_rename": { t: { id: "integer", c: "text" } },
  "0004_convert": { t: { id: "integer", c: "blob" } },
  "0005_by_hand": { t: { id: "integer", c: "blob" } },
  "0006_fill": { t: { id: "integer", c: "blob" } },
};

function snapshotOf(index: number, tables: Tables): object {
  const named = Object.entries(tables).map(([table, columns]) => {
    const described = Object.entries(columns).map(([name, type]) => {
      return [name, { name, type, primaryKey: name === "id", notNull: false, autoincrement: false }] as const;
    });
    const rest = {
      indexes: {},
      foreignKeys: {},
      compositePrimaryKeys: {},
      uniqueConstraints: {},
      checkConstraints: {},
    };
    return [table, { name: table, columns: Object.fromEntries(described), ...rest }] as const;
  });
  const meta = { schemas: {}, tables: {}, columns: {} };
  const ids = { id: `id-${index}`, prevId: `id-${index - 1}` };
  return {
    version: "6",
    dialect: "sqlite",
    ...ids,
    tables: Object.fromEntries(named),
    views: {},
    enums: {},
    _meta: meta,
  };
}

describe("readEffects", () => {
  let folder: string;
  const read = (...tags: readonly string[]) => readEffects({ projectFolder: folder, folder }, tags);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eaves-effects-"));
    await mkdir(join(folder, "meta"));
    const entries = Object.keys(history).map((tag, idx) => ({
      idx,
      version: "6",
      when: idx + 1,
      tag,
      breakpoints: true,
    }));
    const journal = { version: "7", dialect: "sqlite", entries };
    await writeFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
    for (const [index, [tag, tables]] of Object.entries(history).entries()) {
      const snapshot = JSON.stringify(snapshotOf(index, tables));
      await writeFile(join(folder, `meta/${tag.slice(0, 4)}_snapshot.json`), snapshot);
      const head = tag === "0005_by_hand" ? "-- why\n-- eaves:removes view v\n" : "";
      await writeFile(join(folder, `${tag}.sql`), `${head}SELECT 1;\n-- eaves:removes nothing\n`);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("reads from the snapshots what is added and what is removed", async () => {
    expect(await read("0001_add", "0002_drop")).toEqual([
      { tag: "0001_add", adds: ["t.b (text)", "table u"], removes: [] },
      { tag: "0002_drop", adds: [], removes: ["t.a (text)", "table u"] },
    ]);
  });

  it("takes everything of the first revision for new", async () => {
    expect(await read("0000_begin")).toMatchObject([{ removes: [] }]);
  });

  it("takes a new name and a new type for both at once", async () => {
    expect(await read("0003_rename", "0004_convert")).toMatchObject([
      { adds: ["t.c (text)"], removes: ["t.b (text)"] },
      { adds: ["t.c (blob)"], removes: ["t.c (text)"] },
    ]);
  });

  it("believes the head of a script that was written by hand", async () => {
    expect(await read("0005_by_hand", "0006_fill")).toEqual([
      { tag: "0005_by_hand", adds: [], removes: ["view v"] },
      { tag: "0006_fill", adds: [], removes: [] },
    ]);
  });
});
