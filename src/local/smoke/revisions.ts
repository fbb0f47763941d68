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
  const archive = "`__eaves_archive_0002_drop_bio_1`";
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
    {
      tag: "0002_drop_bio",
      up: [
        `-- eaves:removes ${prefix}people.bio\n` +
          `-- eaves:archives ${prefix}people in __eaves_archive_0002_drop_bio_1\n` +
          `-- eaves:hazard DROPS_COLUMN ${prefix}people.bio\n` +
          "-- eaves:allow DROPS_COLUMN kept in an archive (revision --archive)\n" +
          `CREATE TABLE ${archive} AS SELECT \`id\` AS \`id\`, \`bio\` FROM ${people};`,
        `ALTER TABLE ${people} DROP COLUMN \`bio\`;`,
      ].join(breakpoint),
      down: [
        `-- eaves:class archived\nALTER TABLE ${people} ADD COLUMN \`bio\` text;`,
        `UPDATE ${people} SET \`bio\` = kept.\`bio\` FROM ${archive} AS kept WHERE ${people}.\`id\` = kept.\`id\`;`,
        `DROP TABLE ${archive};`,
      ].join(breakpoint),
    },
  ];
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
