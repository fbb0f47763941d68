// The same history for Alembic: a project as `alembic init` lays it out, with the shortest `env.py` that does its work.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { changeOf, contentOf, tagOf } from "./history.ts";

/** Writes the project, with the models that the history leads to. */
export async function writeAlembicHistory(folder: string, length: number): Promise<void> {
  await mkdir(join(folder, "alembic/versions"), { recursive: true });
  await writeFile(
    join(folder, "alembic.ini"),
    "[alembic]\nscript_location = alembic\nprepend_sys_path = .\n",
  );
  await writeFile(join(folder, "alembic/env.py"), environmentText);
  await writeFile(join(folder, "alembic/script.py.mako"), templateText);
  await writeModels(folder, length, { changed: false });
  for (let index = 0; index < length; index++) {
    const { tag, alembicUp, alembicDown } = changeOf(index);
    const previous = index === 0 ? "None" : `"${tagOf(index - 1)}"`;
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

/** Writes what `schema.ts` says in SQLAlchemy's words: what `--autogenerate` and `check` compare the database with. */
export async function writeModels(
  folder: string,
  length: number,
  { changed }: { readonly changed: boolean },
): Promise<void> {
  const tables = Array.from({ length: contentOf(length).tables }, (_, index) => {
    const made = length - index * 3;
    const parts = [
      `"table_${index}"`,
      "metadata",
      `sa.Column("id", sa.Integer(), primary_key=True)`,
      `sa.Column("name", sa.Text(), nullable=False)`,
      ...(made > 1 ? [`sa.Column("note", sa.Text())`] : []),
      ...(changed && index === 0 ? [`sa.Column("extra", sa.Text())`] : []),
      ...(made > 2 ? [`sa.Index("ix_table_${index}_note", "note")`] : []),
    ];
    return `sa.Table(${parts.join(", ")})`;
  });
  const text = ["import sqlalchemy as sa", "metadata = sa.MetaData()", ...tables];
  await writeFile(join(folder, "models.py"), `${text.join("\n")}\n`);
}

const environmentText = `import os
from alembic import context
from models import metadata
from sqlalchemy import create_engine, pool
engine = create_engine(os.environ["ALEMBIC_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
`;

const templateText = `from alembic import op
import sqlalchemy as sa
revision = \${repr(up_revision)}
down_revision = \${repr(down_revision)}
def upgrade():
    \${upgrades}
def downgrade():
    \${downgrades}
`;
