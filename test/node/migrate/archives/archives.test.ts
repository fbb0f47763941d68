// An archived value returns only to the row that it came from, or the downgrade is refused by name.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { MigrationError } from "../../../../src/migrate/errors.ts";
import { type Database, openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import type { Ground } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { type ScratchServer, startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";
import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import { ArchiveProject } from "./archive-project.ts";
import { openGround, portOf } from "./ground.ts";
import { keyScenarios } from "./key-scenarios.ts";
import { laterScenarios } from "./later-scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { tableScenarios } from "./table-scenarios.ts";

const scenarios = [...keyScenarios, ...tableScenarios, ...laterScenarios].toSorted((one, other) =>
  one.name.localeCompare(other.name),
);

let ground: Ground;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ ground, close } = await openGround());
});
afterAll(() => close());

/** Everything that a database holds, byte for byte. */
async function readAll(project: Pick<ArchiveProject, "client">): Promise<unknown[]> {
  const { rows } = await project.client.execute(
    "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name",
  );
  const tables = rows.filter(({ type }) => type === "table").map(({ name }) => String(name));
  const contents: unknown[] = [rows.map((row) => Object.values(row))];
  for (const name of tables.filter((table) => !table.startsWith("__eaves_") && !table.startsWith("sqlite_")))
    contents.push([
      name,
      (await project.client.execute(`SELECT * FROM "${name}"`)).rows.map((row) => Object.values(row)),
    ]);
  return contents;
}

async function play(scenario: Scenario, url: string | undefined): Promise<void> {
  const project = await ArchiveProject.open(ground, url, scenario);
  try {
    await judge(project, scenario);
  } finally {
    await project[Symbol.asyncDispose]();
  }
}

async function judge(project: ArchiveProject, scenario: Scenario): Promise<void> {
  await project.revise(scenario);
  await project.write(scenario.live ?? []);
  await scenario.meanwhile?.(project);
  if (project.isFile) await playElsewhere(project, scenario);
  const before = await readAll(project);
  const ended = await project.takeBack(scenario.target ?? "0000").then(
    () => "taken back",
    (error: unknown) => (error instanceof MigrationError ? error.code : error),
  );
  if (scenario.right === "refused") {
    expect(ended).toBe("DOWNGRADE_REFUSED");
    expect(await readAll(project)).toEqual(before);
    return;
  }
  expect(ended).toBe("taken back");
  expect(await project.rows(scenario.query)).toEqual(scenario.right);
  expect(await project.rows("SELECT name FROM sqlite_schema WHERE name LIKE '__eaves_archive_%'")).toEqual(
    [],
  );
}

/** The scripts alone, by a runner that knows nothing of archives: right, or they fail as a whole. */
async function playElsewhere(project: ArchiveProject, scenario: Scenario): Promise<void> {
  const { client, remove } = await project.copy();
  try {
    const before = await readAll({ client });
    const ended = await client.migrate(project.downgradeScripts().flat()).then(
      () => "taken back",
      () => "failed",
    );
    if (ended === "failed") expect(await readAll({ client })).toEqual(before);
    else {
      const { rows } = await client.execute(scenario.query);
      expect(rows.map((row) => Object.values(row))).toEqual(scenario.right);
    }
  } finally {
    await remove();
  }
}

describe("an archive on a file", () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    await play(scenario, undefined);
  });
});

describe("an archive on a server", () => {
  let server: ScratchServer;
  let database: Database;
  beforeAll(async () => {
    server = await startScratchServer();
    const settings = { runtime: "node", projectFolder: "/nowhere", serverFolder: "/nowhere/server" } as const;
    database = openDatabase(parseDatabaseConfig({ DATABASE_URL: server.url }, settings));
  });
  afterAll(async () => {
    database.close();
    await server.stop();
  });

  const there = scenarios.filter(({ only }) => only === undefined);
  it.each(there.map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    await clearScratch(portOf(database));
    await play(scenario, server.url);
  });
});
