// What a new revision starts from: drizzle-kit's files, or if it cannot or would not write them, the schema's snapshot.
import { readdir, readFile, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { DrizzleConfig, ProjectOptions } from "./drizzle-config.ts";
import { type GeneratedFiles, type GenerateOptions, generateRevision } from "./drizzle-kit.ts";
import { findDrizzleKit } from "./installed-kit.ts";
import type { SchemaDefault } from "./schema-defaults.ts";
import { readModelSnapshot } from "./model-snapshot.ts";

/**
 * `files`: drizzle-kit's. `planned`: the schema has changed, but drizzle-kit asks about renames, fails, or sees no
 * difference if there is one (stored generated columns); our planner has to write the SQL, and `composeRevision` the
 * files. `nothing`: the schema is that of the newest snapshot.
 */
export type Generation =
  | {
      readonly kind: "files";
      readonly files: GeneratedFiles;
      readonly config: DrizzleConfig;
      readonly defaults: readonly SchemaDefault[];
    }
  | {
      readonly kind: "planned";
      /** The schema's snapshot. */
      readonly model: string;
      /** What drizzle-kit said instead. */
      readonly output: string;
      readonly config: DrizzleConfig;
      readonly defaults: readonly SchemaDefault[];
    }
  | { readonly kind: "nothing"; readonly config: DrizzleConfig };

/**
 * Finds out what has changed.
 *
 * @throws {MigrationError} `GENERATE_FAILED` for a schema that cannot be loaded.
 */
export async function generate(options: Omit<GenerateOptions, "since">): Promise<Generation> {
  const generated = await generateRevision(options);
  if (generated.kind === "files") return generated;
  // 1.0 compares everything that it writes, stored generated columns too: its word is enough.
  if (generated.kind === "nothing" && generated.layout === "folders") return generated;
  const { snapshot: model, config } = await readModelSnapshot(options);
  if (
    generated.kind === "nothing" &&
    isSameSchema(model, await newestSnapshot(resolve(options.folder, config.out)))
  ) {
    return { kind: "nothing", config };
  }
  const output = generated.kind === "undecided" ? generated.output : "no schema changes";
  return { kind: "planned", model, output, config, defaults: generated.defaults };
}

/**
 * The defaults of the schema, and whether it is another one than that of the newest snapshot; what {@link generate} would say, for half of its
 * price. With 0.31 the two snapshots decide in any case: where they are the same, drizzle-kit finds nothing to do either.
 *
 * @throws {MigrationError} `GENERATE_FAILED` for a schema that cannot be loaded.
 */
export async function compareSchema(
  options: ProjectOptions,
): Promise<{ readonly isChanged: boolean; readonly defaults: readonly SchemaDefault[] }> {
  const { layout } = await findDrizzleKit(await realpath(options.folder));
  if (layout === "folders") {
    const { kind, defaults } = await generateRevision({ ...options, name: "check" });
    return { isChanged: kind !== "nothing", defaults };
  }
  const { snapshot, config, defaults } = await readModelSnapshot(options);
  const newest = await newestSnapshot(resolve(options.folder, config.out));
  return { isChanged: !isSameSchema(snapshot, newest), defaults };
}

/** Whether the schema is another one than that of the newest snapshot. */
export async function hasSchemaChanged(options: ProjectOptions): Promise<boolean> {
  return (await compareSchema(options)).isChanged;
}

async function newestSnapshot(folder: string): Promise<string | undefined> {
  const meta = join(folder, "meta");
  const names = await readdir(meta).catch(() => []);
  const newest = names
    .filter((name) => !name.startsWith("_"))
    .toSorted()
    .at(-1);
  return newest === undefined ? undefined : readFile(join(meta, newest), "utf8");
}

/** Snapshots without what is another one in each of them. */
function isSameSchema(model: string, newest: string | undefined): boolean {
  return isDeepStrictEqual(
    schemaOf(model),
    newest === undefined ? { tables: {}, views: {} } : schemaOf(newest),
  );
}

function schemaOf(text: string): unknown {
  const { tables, views = {} }: { readonly tables: unknown; readonly views?: unknown } = JSON.parse(text);
  return { tables, views };
}
