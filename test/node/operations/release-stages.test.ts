// Which revisions run before a deployment and which after it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planStages, readEffects } from "../../../src/dev/release/release-stages.ts";

const adding = (tag: string) => ({ tag, adds: [`t.${tag}`], removes: [] });
const removing = (tag: string) => ({ tag, adds: [], removes: [`t.${tag}`] });
const filling = (tag: string) => ({ tag, adds: [], removes: [] });
const refused = expect.objectContaining({ code: "DEPLOY_REFUSED" });

describe("planStages", () => {
  it("does nothing where nothing is pending", () => {
    expect(planStages([])).toEqual({ expand: undefined, contract: undefined });
  });

  it("applies what removes something after the deployment, and all else before it", () => {
    expect(planStages([adding("a"), filling("b")])).toEqual({ expand: "b", contract: undefined });
    expect(planStages([adding("a"), removing("b"), removing("c")])).toEqual({ expand: "a", contract: "c" });
    expect(planStages([removing("a")])).toEqual({ expand: undefined, contract: "a" });
  });

  it("refuses a revision that adds and removes", () => {
    const both = { tag: "b", adds: ["t.new"], removes: ["t.old"] };
    expect(() => planStages([adding("a"), both])).toThrow(refused);
    expect(() => planStages([both])).toThrow("b adds t.new and removes t.old");
  });

  it("refuses one that the new Worker may need behind one that waits for it", () => {
    expect(() => planStages([removing("a"), adding("b")])).toThrow(refused);
    expect(() => planStages([removing("a"), filling("b")])).toThrow("b may be needed by the new Worker");
  });
});

describe("readEffects", () => {
  let folder: string;
  const column = (type = "text") => ({ type });
  const history = {
    "0000_begin": { tables: { t: { columns: { id: column("integer"), a: column() } } } },
    "0001_add": {
      tables: { t: { columns: { id: column("integer"), a: column(), b: column() } }, u: { columns: {} } },
    },
    "0002_drop": { tables: { t: { columns: { id: column("integer"), b: column() } } } },
    "0003_rename": { tables: { t: { columns: { id: column("integer"), c: column() } } } },
    "0004_convert": { tables: { t: { columns: { id: column("integer"), c: column("blob") } } } },
    "0005_by_hand": { tables: { t: { columns: { id: column("integer"), c: column("blob") } } } },
    "0006_fill": { tables: { t: { columns: { id: column("integer"), c: column("blob") } } } },
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eaves-stages-"));
    await mkdir(join(folder, "meta"));
    const tags = Object.keys(history);
    await writeFile(
      join(folder, "meta/_journal.json"),
      JSON.stringify({ entries: tags.map((tag) => ({ tag })) }),
    );
    for (const [tag, snapshot] of Object.entries(history)) {
      await writeFile(join(folder, `meta/${tag.slice(0, 4)}_snapshot.json`), JSON.stringify(snapshot));
      const head = tag === "0005_by_hand" ? "-- why\n-- eaves:removes view v\n" : "";
      await writeFile(join(folder, `${tag}.sql`), `${head}SELECT 1;\n-- eaves:removes nothing\n`);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("reads from the snapshots what comes and what goes", () => {
    expect(readEffects(folder, ["0001_add", "0002_drop"])).toEqual([
      { tag: "0001_add", adds: ["t.b (text)", "table u"], removes: [] },
      { tag: "0002_drop", adds: [], removes: ["t.a (text)", "table u"] },
    ]);
  });

  it("takes everything of the first revision for new", () => {
    expect(readEffects(folder, ["0000_begin"])).toMatchObject([{ removes: [] }]);
  });

  it("takes a new name and a new type for both at once", () => {
    expect(readEffects(folder, ["0003_rename", "0004_convert"])).toMatchObject([
      { adds: ["t.c (text)"], removes: ["t.b (text)"] },
      { adds: ["t.c (blob)"], removes: ["t.c (text)"] },
    ]);
  });

  it("believes the head of a script that was written by hand", () => {
    expect(readEffects(folder, ["0005_by_hand", "0006_fill"])).toEqual([
      { tag: "0005_by_hand", adds: [], removes: ["view v"] },
      { tag: "0006_fill", adds: [], removes: [] },
    ]);
  });
});
