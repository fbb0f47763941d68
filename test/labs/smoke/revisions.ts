// The revisions that a smoke test applies and takes back, as the tool wrote them once for these tables.
// A test has the tool write them anew, and compares.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A revision's files, without the word of proof, which belongs to the server that proved them. */
interface RevisionTexts {
  readonly tag: string;
  readonly up: string;
  readonly down: string;
}

const breakpoint = "\n--> statement-breakpoint\n";

/** Three revisions: a table with a unique key, one column more, and the column gone with its values archived. */
export function smokeRevisions(prefix: string): readonly RevisionTexts[] {
  const people = `\`${prefix}people\``;
  return [
    {
      tag: "0000_people",
      up: [
        `CREATE TABLE ${people} (\n\t\`id\` integer PRIMARY KEY NOT NULL,\n\t\`email\` text NOT NULL\n);`,
        `CREATE UNIQUE INDEX \`${prefix}email\` ON ${people} (\`email\`);`,
      ].join(breakpoint),
      down: [
        "-- eaves:class newer-data-lost",
        `-- eaves:loses-newer ${prefix}people :: SELECT count(*) FROM ${people}`,
        `DROP TABLE ${people};`,
      ].join("\n"),
    },
    {
      tag: "0001_bio",
      up: `ALTER TABLE ${people} ADD \`bio\` text;`,
      down: [
        "-- eaves:class newer-data-lost",
        `-- eaves:loses-newer ${prefix}people.bio :: SELECT count(*) FROM ${people} WHERE \`bio\` IS NOT NULL`,
        `ALTER TABLE ${people} DROP COLUMN \`bio\`;`,
      ].join("\n"),
    },
    dropBio(prefix),
  ];
}

/** The column gone, its values in an archive that triggers keep in step with the rows. */
function dropBio(prefix: string): RevisionTexts {
  const people = `\`${prefix}people\``;
  const archiveName = "__eaves_archive_0002_drop_bio_1";
  const archive = `\`${archiveName}\``;
  const trigger = (what: string) => `\`${archiveName}_${what}\``;
  return {
    tag: "0002_drop_bio",
    up: [
      `-- eaves:removes ${prefix}people.bio\n` +
        `-- eaves:archives ${prefix}people in ${archiveName}\n` +
        `-- eaves:hazard DROPS_COLUMN ${prefix}people.bio\n` +
        "-- eaves:allow DROPS_COLUMN kept in an archive (revision --archive)\n" +
        `CREATE TABLE ${archive} (\`id\` INTEGER PRIMARY KEY, \`bio\` TEXT);`,
      `INSERT INTO ${archive} (\`id\`, \`bio\`) SELECT \`id\`, \`bio\` FROM ${people};`,
      `ALTER TABLE ${people} DROP COLUMN \`bio\`;`,
      `CREATE TRIGGER ${trigger("inserted")} AFTER INSERT ON ${people} BEGIN DELETE FROM ${archive} WHERE \`id\` = NEW.\`id\`; END;`,
      `CREATE TRIGGER ${trigger("deleted")} AFTER DELETE ON ${people} BEGIN DELETE FROM ${archive} WHERE \`id\` = OLD.\`id\`; END;`,
      `CREATE TRIGGER ${trigger("moved")} AFTER UPDATE OF \`id\`, rowid, _rowid_, oid ON ${people} WHEN NEW.\`id\` IS NOT OLD.\`id\` BEGIN DELETE FROM ${archive} WHERE \`id\` = NEW.\`id\`; UPDATE ${archive} SET \`id\` = NEW.\`id\` WHERE \`id\` = OLD.\`id\`; END;`,
    ].join(breakpoint),
    down: [
      `-- eaves:class archived\n` +
        `-- eaves:refused-by the archive of ${prefix}people (${archiveName}) is not in step with its rows: triggers that kept it so are gone :: SELECT '${prefix}people' AS "table" WHERE (SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name IN ('${archiveName}_inserted', '${archiveName}_deleted', '${archiveName}_moved')) <> 3\n` +
        `-- eaves:refused-by the archive of ${prefix}people (${archiveName}) has no values any more: it was pruned or dropped :: SELECT '${prefix}people' AS "table" WHERE NOT EXISTS (SELECT 1 FROM pragma_table_info('${archiveName}') WHERE name = 'bio')\n` +
        `DROP TRIGGER ${trigger("inserted")};`,
      `DROP TRIGGER ${trigger("deleted")};`,
      `DROP TRIGGER ${trigger("moved")};`,
      `ALTER TABLE ${people} ADD COLUMN \`bio\` text;`,
      `UPDATE ${people} SET \`bio\` = kept.\`bio\` FROM ${archive} AS kept WHERE ${people}.\`id\` = kept.\`id\`;`,
      `DROP TABLE ${archive};`,
    ].join(breakpoint),
  };
}

/** Writes them into a folder as drizzle-kit keeps revisions. */
export async function writeRevisions(folder: string, prefix: string): Promise<void> {
  const revisions = smokeRevisions(prefix);
  await mkdir(join(folder, "meta"), { recursive: true });
  for (const { tag, up, down } of revisions) {
    await writeFile(join(folder, `${tag}.sql`), up);
    await writeFile(join(folder, `${tag}.down.sql`), down);
  }
  const entries = revisions.map(({ tag }, idx) => {
    return { idx, version: "6", when: 1_700_000_000_000 + idx, tag, breakpoints: true };
  });
  const journal = { version: "7", dialect: "sqlite", entries };
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
}
