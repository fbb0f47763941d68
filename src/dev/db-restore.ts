// The command `npm run db:restore`: a file of `npm run db:backup` into a database that is empty.
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { restore } from "./backup/restore.ts";
import { readCommandLine } from "./command/command-line.ts";
import { DevError } from "./command/dev-error.ts";
import { runOnDatabase } from "./command/run-on-database.ts";
import { describeCurrent } from "./command/revisions.ts";

await runOnDatabase(
  async () => {
    const { operand = "" } = readCommandLine(process.argv.slice(2), {
      name: "npm run db:restore",
      about: "Reads a file of `npm run db:backup` into an empty database.",
      operand: "FILE",
    });
    const file = resolve(operand);
    await access(file).catch((cause: unknown) => {
      throw new DevError("BACKUP_UNUSABLE", `${file} cannot be read: name a file that exists`, { cause });
    });
    return file;
  },
  async ({ database, project }, file) => {
    const { rows } = await restore(database, file);
    console.log(`restored ${rows} rows; read again, the database gives the same file`);
    console.log(await describeCurrent(database, project.folder));
  },
);
