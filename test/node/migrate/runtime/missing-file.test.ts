// A database file that does not exist: read as an empty database, and made by the first write only.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { readVersions } from "../../../../src/migrate/runtime/version-table.ts";
import { configFor } from "./revisions.ts";

it("is not made by a read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "eaves-missing-"));
  const database = openDatabase(configFor(pathToFileURL(join(folder, "new.db")).href));
  try {
    expect(await readVersions(database)).toBeUndefined();
    await expect(database.read(["SELECT * FROM users"])).rejects.toMatchObject({ code: "STATEMENT_FAILED" });
    expect(await readdir(folder)).toEqual([]);
    await database.write(["CREATE TABLE users (id integer)"]);
    expect(await database.read(["SELECT count(*) AS found FROM users"])).toEqual([[{ found: 0n }]]);
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
});
