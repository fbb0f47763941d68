// A process that applies the first revisions of `tableRevisions`, for tests that race or kill it.
// Arguments: the database's URL, how many revisions, and how many rows each writes, which makes it slow.
import process from "node:process";

import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { readApplied } from "../../../../src/migrate/runtime/version-table.ts";
import { configFor, options, slowRevisions, up } from "./revisions.ts";

const [url = "", count = "1", rows = "1"] = process.argv.slice(2);
const database = openDatabase(configFor(url));
const revisions = slowRevisions(Number(count), Number(rows));
const seen = (await readApplied(database)) ?? [];
const missing = revisions.filter(({ when }) => !seen.some((row) => row.when === when));
const { executed } = await execute(database, up(...missing), options({ seen }));
process.stdout.write(JSON.stringify(executed));
database.close();
