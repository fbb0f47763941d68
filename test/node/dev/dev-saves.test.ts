// `npm run dev` while a developer works: saves good and bad, a changed schema, a revision that arrives, errors with their place.
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { findServer } from "../../../src/migrate/server/state.ts";
import { poll } from "../../support/poll.ts";
import { copyProject, type ProjectCopy } from "../../support/project-copy.ts";
import { type NpmRun, startRun } from "./npm-run.ts";

const root = join(import.meta.dirname, "../../..");
let copy: ProjectCopy;
let run: NpmRun;
let url = "";

beforeAll(async () => {
  copy = await copyProject(root);
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  const command = ["--prefix", copy.folder, "run", "dev", "--", "--port", String(port)];
  run = startRun("npm", command, { EAVES_HOME: join(copy.folder, ".eaves") }, "ignore");
  await run.printed("An admin:");
});

afterAll(async () => {
  run.child.kill("SIGTERM");
  await run.ended();
  await copy[Symbol.asyncDispose]();
});

const fileOf = (name: string) => join(copy.folder, name);
/** What was printed since a moment. */
const since = (from: number) => run.output().slice(from);
const until = (from: number, text: string) =>
  poll(
    () => since(from),
    (now) => now.includes(text),
    60_000,
  );
const healthy = () =>
  poll(
    () =>
      fetch(`${url}/health`).then(
        ({ status }) => status,
        () => 0,
      ),
    (status) => status === 200,
    60_000,
  );

describe("npm run dev", () => {
  it("names a syntax error in few lines, and says when it serves the next good save", async () => {
    const file = fileOf("src/worker/routes/users.ts");
    const good = await readFile(file, "utf8");
    const from = run.output().length;
    await appendFile(file, "const x = ;\n");
    await until(from, "The Worker was not built: src/worker/routes/users.ts:");
    await until(from, "Requests wait until it is corrected");
    expect(since(from).trimEnd().split("\n").length).toBeLessThanOrEqual(5);
    await writeFile(file, good);
    await healthy();
    await until(from, "The Worker serves again");
  });

  it("names a module that throws and its line, and starts again at the next good save", async () => {
    const file = fileOf("src/worker/routes/users.ts");
    const good = await readFile(file, "utf8");
    const from = run.output().length;
    await appendFile(file, 'throw new Error("boom at start");\n');
    await until(from, "Correct it and save");
    expect(since(from)).toContain("The Worker cannot start: Error: boom at start");
    expect(since(from)).toContain(`at src/worker/routes/users.ts:${good.split("\n").length}:`);
    await writeFile(file, good);
    await healthy();
  });

  it("names a route without a declaration", async () => {
    const file = fileOf("src/worker/app.ts");
    const good = await readFile(file, "utf8");
    const from = run.output().length;
    await writeFile(
      file,
      good.replace(
        "declaredRoutes(routed.routes)",
        'declaredRoutes(routed.get("/x", (c) => c.text("x")).routes)',
      ),
    );
    await until(from, "GET /x has no declaration");
    await writeFile(file, good);
    await healthy();
  });

  it("keeps /openapi.json as the routes are", async () => {
    const file = fileOf("src/worker/routes/health.ts");
    const good = await readFile(file, "utf8");
    await writeFile(file, good.replace('"/health"', '"/healthy"'));
    const document = () =>
      fetch(`${url}/openapi.json`).then(
        (answer) => answer.text(),
        () => "",
      );
    await poll(document, (text) => text.includes("/healthy"), 60_000);
    await writeFile(file, good);
    await poll(document, (text) => !text.includes("/healthy"), 60_000);
    await healthy();
  });

  it("shows an error with the database's words, the SQL and the line of the program", async () => {
    const server = await findServer(join(copy.folder, ".eaves"));
    const client = createClient({ url: server?.url ?? "" });
    await client.execute("ALTER TABLE users RENAME TO elsewhere");
    const from = run.output().length;
    const body = JSON.stringify({ email: "ada@example.com", password: "correct horse battery" });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/users`, { method: "POST", headers, body });
    expect(answer.status).toBe(500);
    await until(from, "at createUser (src/users/user-repository.ts:");
    expect(since(from)).toContain("no such table: users");
    expect(since(from)).toMatch(/SQL: insert into "users" .*\?/);
    await client.execute("ALTER TABLE elsewhere RENAME TO users");
    client.close();
  });

  it("names a schema without a revision, a revision that arrives, and one that is not of this branch", async () => {
    const file = fileOf("src/schema/users.ts");
    const good = await readFile(file, "utf8");
    let from = run.output().length;
    await writeFile(file, good.replace('role: text("role"),', 'role: text("role"),\n    bio: text("bio"),'));
    await until(from, "npm run db:revision -- -m NAME");
    from = run.output().length;
    const home = { EAVES_HOME: join(copy.folder, ".eaves") };
    const db = (...given: readonly string[]) =>
      startRun("npm", ["--prefix", copy.folder, "run", ...given], home, "ignore").ended();
    expect(await db("db:revision", "--", "-m", "add bio")).toBe(0);
    await until(from, "0004_add_bio is not applied");
    expect(await db("db:upgrade")).toBe(0);
    from = run.output().length;
    const journal = fileOf("drizzle/meta/_journal.json");
    const whole = JSON.parse(await readFile(journal, "utf8")) as { entries: unknown[] };
    for (const name of ["0004_add_bio.sql", "0004_add_bio.down.sql", "meta/0004_snapshot.json"])
      await rm(fileOf(`drizzle/${name}`), { force: true });
    await writeFile(journal, JSON.stringify({ ...whole, entries: whole.entries.slice(0, -1) }));
    await until(from, "npm run db:reset");
  });
});
