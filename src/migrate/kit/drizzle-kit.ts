// The one place that runs drizzle-kit. It never sees a terminal, and works on a copy of the revisions' bookkeeping,
// so that nothing is left behind in the project whatever happens.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative, sep } from "node:path";
import { MigrationError } from "../errors.ts";
import type { Layout } from "../history/revision.ts";
import { type NodeProcess, type Outcome, runNode } from "./child-process.ts";
import {
  copyText,
  findDrizzleKit,
  type InstalledKit,
  readWritten,
  refuseOtherLayout,
  type SeenFolder,
} from "./installed-kit.ts";
import { readDefaultsText, type SchemaDefault } from "./schema-defaults.ts";
import { type DrizzleConfig, findConfigFile, parseConfig, type ProjectOptions } from "./drizzle-config.ts";

/** A line of drizzle's journal, as drizzle-kit 0.31 writes it; of a folder of 1.0, what the journal would say. */
export interface JournalEntry {
  readonly idx: number;
  readonly version: string;
  readonly when: number;
  readonly tag: string;
  readonly breakpoints: boolean;
}

/** What drizzle-kit would add to the folder. */
export interface GeneratedFiles {
  readonly entry: JournalEntry;
  readonly sql: string;
  /** The text of the snapshot's file. */
  readonly snapshot: string;
  /** The snapshot's name in `meta/`, or in the folder of the revision. */
  readonly snapshotName: string;
  readonly layout: Layout;
}

/**
 * What came of it. `undecided` means that drizzle-kit wrote nothing and did not say that nothing has changed: it wanted
 * to ask about renames, or failed; {@link readModelSnapshot} tells which.
 */
export type Generated = {
  readonly layout: Layout;
  readonly config: DrizzleConfig;
  readonly defaults: readonly SchemaDefault[];
} & (
  | { readonly kind: "files"; readonly files: GeneratedFiles }
  | { readonly kind: "nothing" }
  | { readonly kind: "undecided"; readonly output: string }
);

/** What to generate. */
export interface GenerateOptions extends ProjectOptions {
  /** What follows the number in the tag. */
  readonly name: string;
  /** An empty revision for statements of one's own, whatever the schema says. */
  readonly custom?: boolean;
  /** `folder`: what is new since the newest snapshot (default). `nothing`: the whole schema, as a first revision. */
  readonly since?: "folder" | "nothing";
}

/**
 * Lets drizzle-kit generate a revision, and hands back what it wrote.
 *
 * @throws {MigrationError} `GENERATE_FAILED` if there is no drizzle-kit, or it fails for a reason that no answer
 * about renames would change.
 */
export async function generateRevision(request: GenerateOptions): Promise<Generated> {
  // Names relative to a link would lead astray: a process finds itself in the folder behind the link.
  const options = { ...request, folder: await realpath(request.folder) };
  const kit = await findDrizzleKit(options.folder);
  const scratch = await openScratchFolder(options.folder);
  try {
    const configFile = join(scratch, "drizzle.config.cjs");
    await mkdir(join(scratch, kit.layout === "journal" ? "out/meta" : "out"), { recursive: true });
    await writeFile(configFile, wrapperText(options, scratch, kit));
    const outcome = await runNode(options, [
      kit.script,
      "generate",
      `--config=${relative(options.folder, configFile)}`,
      `--name=${options.name}`,
      ...(options.custom === true ? ["--custom"] : []),
    ]);
    return await readOutcome(options, scratch, outcome, kit);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * A configuration as drizzle-kit loads it, which takes more TypeScript than Node does, and imports without endings;
 * undefined if there is no drizzle-kit, or it cannot load it either.
 */
export async function loadConfigByDrizzleKit(project: NodeProcess, file: string): Promise<unknown> {
  const options = { ...project, folder: await realpath(project.folder) };
  const scratch = await openScratchFolder(options.folder);
  try {
    const wrapper = join(scratch, "drizzle.config.cjs");
    const target = join(scratch, "config.json");
    const text = [
      `const loaded = require(${JSON.stringify(file)});`,
      `require("node:fs").writeFileSync(${JSON.stringify(target)}, JSON.stringify(loaded.default ?? loaded));`,
      `process.exit(0);`,
    ];
    await writeFile(wrapper, text.join("\n"));
    const { script } = await findDrizzleKit(options.folder);
    await runNode(options, [script, "generate", `--config=${relative(options.folder, wrapper)}`]);
    return JSON.parse(await readFile(target, "utf8"));
  } catch {
    // What Node has said of the file is shown: drizzle-kit would say the same.
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A temporary folder that can be named from the project: drizzle-kit reads every snapshot as `../autogenerate/` and its path. */
async function openScratchFolder(project: string): Promise<string> {
  const temporary = await realpath(tmpdir());
  const reachable = !isAbsolute(relative(project, temporary));
  const home = reachable ? temporary : join(project, "node_modules", ".cache");
  await mkdir(home, { recursive: true });
  return mkdtemp(join(home, "eaves-kit-"));
}

/** A configuration that is the project's own but for the folder; it also copies the bookkeeping there. */
function wrapperText(options: GenerateOptions, scratch: string, { layout }: InstalledKit): string {
  const file = findConfigFile(options);
  const overrides = {
    ...(options.out === undefined ? {} : { out: options.out }),
    ...(options.schema === undefined ? {} : { schema: options.schema }),
  };
  const out = relative(options.folder, join(scratch, "out")).split(sep).join("/");
  return [
    `const fs = require("node:fs");`,
    file === undefined ? `const loaded = {};` : `const loaded = require(${JSON.stringify(file)});`,
    `const config = { dialect: "turso", ...(loaded.default ?? loaded), ...${JSON.stringify(overrides)} };`,
    // A driver makes drizzle-kit bundle the revisions for a device, or ask for credentials.
    `delete config.driver;`,
    ...copyText(layout, out, since(options) === "folder"),
    ...readDefaultsText(),
    `fs.writeFileSync(${JSON.stringify(join(scratch, "config.json"))}, JSON.stringify({ before, found, config, defaults }));`,
    `module.exports = { ...config, out: ${JSON.stringify(out)} };`,
  ].join("\n");
}

async function readOutcome(
  options: GenerateOptions,
  scratch: string,
  outcome: Outcome,
  kit: InstalledKit,
): Promise<Generated> {
  const { output } = outcome;
  const resolved = await readFile(join(scratch, "config.json"), "utf8").catch((cause: unknown) => {
    throw failure(output, { cause });
  });
  const seen: SeenFolder & { readonly config: unknown; readonly defaults: readonly SchemaDefault[] } =
    JSON.parse(resolved);
  const { defaults } = seen;
  const config = parseConfig(seen.config, options, findConfigFile(options));
  const { layout } = kit;
  refuseOtherLayout(kit, seen);
  const written = await readWritten(layout, join(scratch, "out"), seen);
  if (written === undefined) {
    // What 0.31 would ask, 1.0 says, and fails.
    const asks = layout === "folders" && output.includes("missing_hints");
    if (outcome.code !== 0 && !asks) throw failure(output);
    if (/no schema changes/i.test(output)) return { kind: "nothing", layout, config, defaults };
    if (since(options) === "nothing") throw failure(output);
    return { kind: "undecided", output, layout, config, defaults };
  }
  const { tag, when, index: idx, version, breakpoints, sql, snapshot, snapshotName } = written;
  const entry = { idx, version, when, tag, breakpoints };
  const files = { entry, sql, snapshot, snapshotName, layout };
  return { kind: "files", files, layout, config, defaults };
}

function since(options: GenerateOptions): "folder" | "nothing" {
  return options.since ?? "folder";
}

/** drizzle-kit's own words are the message, since it knows what it did not like. */
export function failure(output: string, options?: ErrorOptions): MigrationError {
  const said = output
    .split("\n")
    .filter((line) => !/^\s+at |^(No config path|Reading config file)/.test(line))
    .join("\n")
    .trim();
  return new MigrationError(
    "GENERATE_FAILED",
    `drizzle-kit generate wrote no revision; it said: ${said || "nothing"}`,
    { ...options, details: { output } },
  );
}
