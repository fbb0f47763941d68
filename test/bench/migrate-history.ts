// A history of any length, written for drizzle's folder and for Alembic's: the same tables, columns and indexes.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One revision, in both languages. */
interface Change {
  readonly tag: string;
  readonly up: string;
  readonly down: string;
  readonly alembicUp: string;
  readonly alembicDown: string;
}

/** Every third revision makes a table; the next two add a column and an index to it. */
function changeOf(index: number): Change {
  const table = tableName(index);
  const tag = `${String(index).padStart(4, "0")}_${["create", "column", "index"][index % 3]}_${table}`;
  const kinds = [
    {
      up: `CREATE TABLE \`${table}\` (\n\t\`id\` integer PRIMARY KEY NOT NULL,\n\t\`name\` text NOT NULL\n);\n`,
      down: `DROP TABLE \`${table}\`;\n`,
      alembicUp: `op.create_table("${table}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text(), nullable=False))`,
      alembicDown: `op.drop_table("${table}")`,
    },
    {
      up: `ALTER TABLE \`${table}\` ADD \`note\` text;\n`,
      down: `ALTER TABLE \`${table}\` DROP COLUMN \`note\`;\n`,
      alembicUp: `op.add_column("${table}", sa.Column("note", sa.Text()))`,
      alembicDown: `op.drop_column("${table}", "note")`,
    },
    {
      up: `CREATE INDEX \`ix_${table}_note\` ON \`${table}\` (\`note\`);\n`,
      down: `DROP INDEX \`ix_${table}_note\`;\n`,
      alembicUp: `op.create_index("ix_${table}_note", "${table}", ["note"])`,
      alembicDown: `op.drop_index("ix_${table}_note", "${table}")`,
    },
  ] as const;
  const kind = kinds[index % 3] ?? kinds[0];
  return { tag, ...kind };
}

function tableName(index: number): string {
  return `table_${Math.floor(index / 3)}`;
}

/** How many tables a history of this length leaves. */
export function countTables(length: number): number {
  return Math.ceil(length / 3);
}

/** Writes `drizzle/` with its journal, as drizzle-kit and the tool would have, without snapshots. */
export async function writeDrizzleHistory(folder: string, length: number): Promise<void> {
  const meta = join(folder, "drizzle/meta");
  await mkdir(meta, { recursive: true });
  const entries = [];
  for (let idx = 0; idx < length; idx++) {
    const { tag, up, down } = changeOf(idx);
    entries.push({ idx, version: "6", when: 1_700_000_000_000 + idx, tag, breakpoints: true });
    await writeFile(join(folder, `drizzle/${tag}.sql`), up);
    await writeFile(join(folder, `drizzle/${tag}.down.sql`), down);
  }
  const journal = { version: "7", dialect: "sqlite", entries };
  await writeFile(join(meta, "_journal.json"), JSON.stringify(journal, undefined, 2));
}

/** The schema that a history of this length leads to, with one more column where `changed`. */
export function schemaText(length: number, { changed }: { readonly changed: boolean }): string {
  const tables = Array.from({ length: countTables(length) }, (_, index) => {
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

/** Writes an Alembic project as `alembic init` lays it out, with the shortest `env.py` that does its work. */
export async function writeAlembicHistory(folder: string, length: number): Promise<void> {
  await mkdir(join(folder, "alembic/versions"), { recursive: true });
  await writeFile(join(folder, "alembic.ini"), "[alembic]\nscript_location = alembic\n");
  await writeFile(join(folder, "alembic/env.py"), environmentText);
  for (let index = 0; index < length; index++) {
    const { tag, alembicUp, alembicDown } = changeOf(index);
    const previous = index === 0 ? "None" : `"${changeOf(index - 1).tag}"`;
    const text = [
      `from alembic import op`,
      `import sqlalchemy as sa`,
      `revision = "${tag}"`,
      `down_revision = ${previous}`,
      `def upgrade():`,
      `    ${alembicUp}`,
      `def downgrade():`,
      `    ${alembicDown}`,
    ];
    await writeFile(join(folder, `alembic/versions/${tag}.py`), `${text.join("\n")}\n`);
  }
}

const environmentText = `import os
from alembic import context
from sqlalchemy import create_engine, pool
engine = create_engine(os.environ["ALEMBIC_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
`;
