// The command `npm run db:restore`: a file of `npm run db:backup` into a database that is empty.
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { LocalError } from "./local-error.ts";
import { runOnDatabase } from "./restore-point/command.ts";
import { describeCurrent } from "./restore-point/current-revision.ts";
import { parseFile } from "./restore-point/file-argument.ts";
import { restore } from "./restore-point/restore.ts";

const usage = "npm run db:restore -- FILE";

await runOnDatabase(
  async (database, project) => {
    const { rows } = await restore(database, source());
    console.log(`restored ${rows} rows; read again, the database gives the same file`);
    console.log(await describeCurrent(database, project.folder));
  },
  async () => {
    const file = source();
    await access(file).catch((cause: unknown) => {
      throw new LocalError("BACKUP_UNUSABLE", `${file} cannot be read: name a file that exists`, { cause });
    });
  },
);

function source(): string {
  const file = parseFile(process.argv.slice(2), usage);
  if (file !== undefined) return resolve(file);
  throw new LocalError("USAGE_INVALID", `No file is named: expected ${usage}`);
}
