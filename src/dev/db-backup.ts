// The command `npm run db:backup`: the whole database at one moment, as a file that `npm run db:restore` brings back.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileExists, verifyBackup, writeBackup } from "./backup/backup-file.ts";
import { readContents } from "./backup/database-contents.ts";
import { withSnapshot } from "./backup/exact-transaction.ts";
import { readCommandLine } from "./command/command-line.ts";
import { runOnDatabase } from "./command/run-on-database.ts";
import { describeCurrent } from "./command/revisions.ts";

await runOnDatabase(
  ({ stateFolder }) => {
    const { operand } = readCommandLine(process.argv.slice(2), {
      name: "npm run db:backup",
      about: "Writes the whole database to a file, and reads the file again.",
      operand: "[FILE]",
    });
    const moment = new Date()
      .toISOString()
      .replace(/\.\d+Z$/, "Z")
      .replaceAll(":", "-");
    const file = operand === undefined ? join(stateFolder, "backups", `${moment}.sql`) : resolve(operand);
    if (existsSync(file)) throw fileExists(file);
    return file;
  },
  async ({ database, project }, file) => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await withSnapshot(database, (read) => writeBackup(file, readContents(read)));
    // What the disk gives back is what counts.
    const { rows } = await verifyBackup(file);
    console.log(`wrote ${relative(process.cwd(), file) || file}: ${rows} rows, whole`);
    console.log(await describeCurrent(database, project.folder));
  },
);
