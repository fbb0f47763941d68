// The faults of drizzle's runner: each shown first with drizzle's own migrator, then with the tool.
import { createClient } from "@libsql/client";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { upgrade } from "../../../../src/migrate/index.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { openPlace, type Place } from "../matrix/place.ts";
import { prepareChange, setUp } from "../matrix/trial.ts";
import { planUpgrade } from "../matrix/tool.ts";
import { migratePlainly, type PlainRevision } from "./plain-drizzle.ts";
import { openProject, type Project } from "./project.ts";

const table = (name: string, when: number): PlainRevision => ({
  tag: `000${when}_${name}`,
  when,
  text: `CREATE TABLE \`${name}\` (\`id\` integer PRIMARY KEY);`,
});
const [a, b, c] = [table("a", 1), table("b", 2), table("c", 3)];
const tables =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '@_@_%' ESCAPE '@' ORDER BY name";

let server: Place;
let file: Place;
let project: Project;

beforeAll(async () => {
  server = await openPlace("server");
  file = await openPlace("file");
});

afterAll(async () => {
  await server.close();
  await file.close();
});

describe("drizzle's migrator on a server", () => {
  beforeEach(async () => {
    project = await openProject(server);
  });
  afterEach(() => project.remove());

  it("passes over a revision that is older than the newest; the tool says so", async () => {
    await project.migrate([a, c]);
    await project.migrate([a, b, c]);
    expect((await project.query(tables)).map(({ name }) => name)).toEqual(["a", "c"]);
    await project.write([a, b, c]);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "REVISION_SKIPPED",
      place: { revision: b.tag },
    });
  });

  it("does not notice that an applied revision was changed; the tool does", async () => {
    const edited = { ...a, text: a.text.replace("`id`", "`key`") };
    await project.migrate([a]);
    await project.migrate([edited]);
    await project.write([edited, b]);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "REVISION_EDITED",
      place: { revision: a.tag },
    });
    expect((await project.query(tables)).map(({ name }) => name)).toEqual(["a"]);
  });

  it("leaves the id of its rows NULL; the tool goes by time and hash", async () => {
    await project.migrate([a]);
    expect(await project.query("SELECT id FROM __drizzle_migrations")).toMatchObject([{ id: null }]);
    await project.write([a, b]);
    expect(await upgrade(project.context)).toMatchObject({ executed: [b.tag] });
  });

  it("applies a revision as often as there are runners; the tool once", async () => {
    const counted = { ...b, text: "INSERT INTO `a` (`id`) SELECT count(*) FROM `a`;" };
    const counts =
      "SELECT (SELECT count(*) FROM a) AS rows, (SELECT count(*) FROM __drizzle_migrations) AS applied";
    await project.migrate([a]);
    await runAtOnce(4, [a, counted]);
    expect(await project.query(counts)).toMatchObject([{ rows: 4n, applied: 5n }]);

    await server.clear();
    await project.migrate([a]);
    await project.write([a, counted]);
    const results = await Promise.all([1, 2, 3, 4].map(() => upgrade(project.context)));
    expect(results.flatMap(({ executed }) => executed)).toEqual([counted.tag]);
    expect(await project.query(counts)).toMatchObject([{ rows: 1n, applied: 2n }]);
  });
});

/** Racing runners: each has looked at the version table before any of them writes. */
async function runAtOnce(count: number, revisions: readonly PlainRevision[]): Promise<void> {
  const { promise: allHaveLooked, resolve } = Promise.withResolvers<void>();
  let looked = 0;
  const run = async () => {
    const client = createClient({ url: server.url });
    const migrate = client.migrate.bind(client);
    client.migrate = async (statements) => {
      looked += 1;
      if (looked === count) resolve();
      await allHaveLooked;
      return migrate(statements);
    };
    await migratePlainly(client, revisions).finally(() => client.close());
  };
  await Promise.all(Array.from({ length: count }, run));
}

describe("drizzle's migrator on a file", () => {
  beforeEach(async () => {
    project = await openProject(file);
  });
  afterEach(() => project.remove());

  it("runs the first of two statements in a chunk and reports success; the tool runs both", async () => {
    const both = { ...a, text: `${a.text}\n${b.text}` };
    await project.migrate([both]);
    expect((await project.query(tables)).map(({ name }) => name)).toEqual(["a"]);
    await file.clear();
    await project.write([both]);
    await upgrade(project.context);
    expect((await project.query(tables)).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("fails at a chunk of comments; the tool passes over it", async () => {
    const commented = { ...a, text: `${a.text}\n--> statement-breakpoint\n-- nothing to do here\n` };
    await expect(project.migrate([commented])).rejects.toThrow(/not an error|SQLITE/);
    await file.clear();
    await project.write([commented]);
    expect(await upgrade(project.context)).toMatchObject({ executed: [a.tag] });
  });
});

describe("drizzle-kit generate, dialect turso", () => {
  it("makes every index of the schema anew for one column; the tool leaves them alone", async () => {
    const schema = (changed: boolean) => ({
      t: sqliteTable("t", { id: integer().primaryKey(), a: changed ? text().default("x") : text() }),
      u: sqliteTable("u", { id: integer().primaryKey(), b: text().unique() }),
    });
    const prepared = await prepareChange({ name: "one column", before: schema(false), after: schema(true) });
    const drops = (statements: readonly string[]) =>
      statements.filter((statement) => statement.includes("DROP INDEX"));
    expect(drops(prepared.drizzle.turso.up)).toHaveLength(1);
    await setUp(file, prepared);
    const before = await readCapture(file.database);
    expect(drops(planUpgrade({ ...prepared, before, drizzle: undefined }).statements)).toEqual([]);
  });
});
