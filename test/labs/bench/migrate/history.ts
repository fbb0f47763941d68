// A history of any length, as drizzle-kit and the tool would have written it, and what it leaves in a database.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One revision, in the words of drizzle's folder and in Alembic's. */
export interface Change {
  readonly tag: string;
  readonly up: string;
  readonly down: string;
  readonly alembicUp: string;
  readonly alembicDown: string;
}

/** What the tool says on top of a downgrade: the questions that it asks before one are a part of what one costs. */
const proven = "-- eaves:proven up, down and up again on sqld 0.24.32\n";
const loses = (what: string, rows: string): string =>
  `-- eaves:class newer-data-lost\n-- eaves:loses-newer ${what} :: SELECT count(*) FROM ${rows}\n${proven}`;

/** Every third revision makes a table; the next two add a column and an index to it. */
export function changeOf(index: number): Change {
  const table = tableName(index);
  const kinds = [
    {
      up: `CREATE TABLE \`${table}\` (\n\t\`id\` integer PRIMARY KEY NOT NULL,\n\t\`name\` text NOT NULL\n);\n`,
      down: `${loses(table, `\`${table}\``)}DROP TABLE \`${table}\`;\n`,
      alembicUp: `op.create_table("${table}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text(), nullable=False))`,
      alembicDown: `op.drop_table("${table}")`,
    },
    {
      up: `ALTER TABLE \`${table}\` ADD \`note\` text;\n`,
      down: `${loses(`${table}.note`, `\`${table}\` WHERE \`note\` IS NOT NULL`)}ALTER TABLE \`${table}\` DROP COLUMN \`note\`;\n`,
      alembicUp: `op.add_column("${table}", sa.Column("note", sa.Text()))`,
      alembicDown: `op.drop_column("${table}", "note")`,
    },
    {
      up: `CREATE INDEX \`ix_${table}_note\` ON \`${table}\` (\`note\`);\n`,
      down: `-- eaves:class exact\n${proven}DROP INDEX \`ix_${table}_note\`;\n`,
      alembicUp: `op.create_index("ix_${table}_note", "${table}", ["note"])`,
      alembicDown: `op.drop_index("ix_${table}_note", "${table}")`,
    },
  ] as const;
  return { tag: tagOf(index), ...(kinds[index % 3] ?? kinds[0]) };
}

/** The tag of a revision, which Alembic takes for its id. */
export function tagOf(index: number): string {
  return `${String(index).padStart(4, "0")}_${["create", "column", "index"][index % 3]}_${tableName(index)}`;
}

/** The table that a revision is about. */
export function tableName(index: number): string {
  return `table_${Math.floor(index / 3)}`;
}

/** What is in a database where the first `length` revisions are applied. */
export function contentOf(length: number) {
  return {
    tables: Math.ceil(length / 3),
    columns: Math.floor((length + 1) / 3),
    indexes: Math.floor(length / 3),
  };
}

/** The instant that the journal has for a revision. */
export function instantOf(index: number): number {
  return 1_700_000_000_000 + index;
}

/** Writes `drizzle/` with its journal, as drizzle-kit and the tool would have; `writeSnapshots` adds what is missing. */
export async function writeDrizzleHistory(folder: string, length: number): Promise<void> {
  const meta = join(folder, "drizzle/meta");
  await mkdir(meta, { recursive: true });
  const entries = [];
  for (let idx = 0; idx < length; idx++) {
    const { tag, up, down } = changeOf(idx);
    entries.push({ idx, version: "6", when: instantOf(idx), tag, breakpoints: true });
    await writeFile(join(folder, `drizzle/${tag}.sql`), up);
    await writeFile(join(folder, `drizzle/${tag}.down.sql`), down);
  }
  const journal = { version: "7", dialect: "sqlite", entries };
  await writeFile(join(meta, "_journal.json"), JSON.stringify(journal, undefined, 2));
}

/** The schema that a history of this length leads to, with one more column where `changed`. */
export function schemaText(length: number, { changed }: { readonly changed: boolean }): string {
  const tables = Array.from({ length: contentOf(length).tables }, (_, index) => {
    const made = length - index * 3;
    const table = `table_${index}`;
    const note = made > 1 ? `, note: text()` : "";
    const extra = changed && index === 0 ? `, extra: text()` : "";
    const indexes = made > 2 ? `, (table) => [index("ix_${table}_note").on(table.note)]` : "";
    const columns = `{ id: integer().primaryKey().notNull(), name: text().notNull()${note}${extra} }`;
    return `export const ${table} = sqliteTable("${table}", ${columns}${indexes});`;
  });
  const imports = `import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";`;
  return `${[imports, ...tables].join("\n")}\n`;
}

/** What of a snapshot is looked at here. */
interface Snapshot {
  readonly tables: Readonly<Record<string, SnapshotTable>>;
}

interface SnapshotTable {
  readonly columns: Readonly<Record<string, unknown>>;
  readonly indexes: Readonly<Record<string, unknown>>;
}

/** Writes the snapshot of every revision, out of the one that drizzle-kit has made of the whole schema. */
export async function writeSnapshots(folder: string, length: number, newest: string): Promise<void> {
  // drizzle-kit wrote it: its form is known.
  const whole = JSON.parse(newest) as Snapshot;
  const idOf = (index: number): string =>
    `00000000-0000-${index < 0 ? "0000-0000" : "4000-8000"}-${String(index + 1).padStart(12, "0")}`;
  for (let index = 0; index < length; index++) {
    const tables = Object.fromEntries(
      Object.entries(whole.tables)
        .map(([name, table]) => [name, index + 1 - 3 * Number(name.slice("table_".length)), table] as const)
        .filter(([, made]) => made > 0)
        .map(([name, made, table]) => [name, tableAfter(table, made)]),
    );
    const snapshot = { ...whole, id: idOf(index), prevId: idOf(index - 1), tables };
    const file = join(folder, `drizzle/meta/${String(index).padStart(4, "0")}_snapshot.json`);
    await writeFile(file, JSON.stringify(snapshot, undefined, 2));
  }
}

/** A table after so many of the three revisions that it has. */
function tableAfter(table: SnapshotTable, made: number): SnapshotTable {
  const { note, ...columns } = table.columns;
  return {
    ...table,
    columns: made > 1 ? { ...columns, note } : columns,
    indexes: made > 2 ? table.indexes : {},
  };
}
