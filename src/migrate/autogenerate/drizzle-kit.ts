// The one place that runs drizzle-kit. It never sees a terminal, and works on a copy of the revisions' bookkeeping,
// so that nothing is left behind in the project whatever happens.
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { MigrationError } from "../plan/errors.ts";
import { type NodeProcess, type Outcome, runNode } from "./child-process.ts";
import { type DrizzleConfig, findConfigFile, parseConfig, type ProjectOptions } from "./drizzle-config.ts";

/** A line of drizzle's journal, as drizzle-kit writes it. */
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
  /** The snapshot's name in `meta/`. */
  readonly snapshotName: string;
}

/**
 * What came of it. `undecided` means that drizzle-kit wrote nothing and did not say that nothing has changed: it wanted
 * to ask about renames, or failed; {@link readModelSnapshot} tells which.
 */
export type Generated =
  | { readonly kind: "files"; readonly files: GeneratedFiles; readonly config: DrizzleConfig }
  | { readonly kind: "nothing"; readonly config: DrizzleConfig }
  | { readonly kind: "undecided"; readonly output: string; readonly config: DrizzleConfig };

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
 * @throws {MigrationError} `GENERATE_FAILED` where there is no drizzle-kit, or it fails for a reason that no answer
 * about renames would change.
 */
export async function generateRevision(request: GenerateOptions): Promise<Generated> {
  // Names relative to a link would lead astray: a process finds itself in the folder behind the link.
  const options = { ...request, folder: await realpath(request.folder) };
  const entry = await findDrizzleKit(options.folder);
  const scratch = await openScratchFolder(options.folder);
  try {
    const configFile = join(scratch, "drizzle.config.cjs");
    await mkdir(join(scratch, "out", "meta"), { recursive: true });
    await writeFile(configFile, wrapperText(options, scratch));
    const outcome = await runNode(options, [
      entry,
      "generate",
      `--config=${relative(options.folder, configFile)}`,
      `--name=${options.name}`,
      ...(options.custom === true ? ["--custom"] : []),
    ]);
    return await readOutcome(options, scratch, outcome);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * A configuration as drizzle-kit loads it, which takes more TypeScript than Node does, and imports without endings;
 * undefined where there is no drizzle-kit, or it cannot load it either.
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
    const entry = await findDrizzleKit(options.folder);
    await runNode(options, [entry, "generate", `--config=${relative(options.folder, wrapper)}`]);
    return JSON.parse(await readFile(target, "utf8"));
  } catch {
    // What Node has said of the file is shown: drizzle-kit would say the same.
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** drizzle-kit's script, as the project has it installed. */
async function findDrizzleKit(folder: string): Promise<string> {
  try {
    const home = dirname(createRequire(join(folder, "package.json")).resolve("drizzle-kit"));
    const { bin }: { readonly bin?: string | Readonly<Record<string, string>> } = JSON.parse(
      await readFile(join(home, "package.json"), "utf8"),
    );
    return join(home, typeof bin === "string" ? bin : (bin?.["drizzle-kit"] ?? "bin.cjs"));
  } catch (cause) {
    throw new MigrationError(
      "GENERATE_FAILED",
      `drizzle-kit is not installed in ${folder}: run npm install -D drizzle-kit`,
      {
        cause,
      },
    );
  }
}

/** A temporary folder that can be named from the project: drizzle-kit reads every snapshot as `./` and its path. */
async function openScratchFolder(project: string): Promise<string> {
  const temporary = await realpath(tmpdir());
  const reachable = !isAbsolute(relative(project, temporary));
  const home = reachable ? temporary : join(project, "node_modules", ".cache");
  await mkdir(home, { recursive: true });
  return mkdtemp(join(home, "eaves-kit-"));
}

/** A configuration that is the project's own but for the folder; it also copies the bookkeeping there. */
function wrapperText(options: GenerateOptions, scratch: string): string {
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
    `const meta = (config.out ?? "drizzle") + "/meta";`,
    `const copied = ${JSON.stringify((options.since ?? "folder") === "folder")} && fs.existsSync(meta);`,
    `if (copied) fs.cpSync(meta, ${JSON.stringify(`${out}/meta`)}, { recursive: true });`,
    `if (!fs.existsSync(${JSON.stringify(`${out}/meta/_journal.json`)}))`,
    `  fs.writeFileSync(${JSON.stringify(`${out}/meta/_journal.json`)}, ${JSON.stringify(emptyJournal)});`,
    `const before = fs.readdirSync(${JSON.stringify(`${out}/meta`)});`,
    `fs.writeFileSync(${JSON.stringify(join(scratch, "config.json"))}, JSON.stringify({ before, config }));`,
    `module.exports = { ...config, out: ${JSON.stringify(out)} };`,
  ].join("\n");
}

const emptyJournal = JSON.stringify({ version: "7", dialect: "sqlite", entries: [] });

async function readOutcome(options: GenerateOptions, scratch: string, outcome: Outcome): Promise<Generated> {
  const { output } = outcome;
  const resolved = await readFile(join(scratch, "config.json"), "utf8").catch((cause: unknown) => {
    throw failure(output, { cause });
  });
  const { before, config: loaded }: { readonly before: readonly string[]; readonly config: unknown } =
    JSON.parse(resolved);
  const config = parseConfig(loaded, options, findConfigFile(options));
  const meta = join(scratch, "out", "meta");
  const snapshotName = (await readdir(meta)).find((name) => !before.includes(name));
  if (snapshotName === undefined) {
    if (outcome.code !== 0) throw failure(output);
    if (/no schema changes/i.test(output)) return { kind: "nothing", config };
    if (since(options) === "nothing") throw failure(output);
    return { kind: "undecided", output, config };
  }
  const journal: { readonly entries: readonly JournalEntry[] } = JSON.parse(
    await readFile(join(meta, "_journal.json"), "utf8"),
  );
  const entry = journal.entries.at(-1);
  if (entry === undefined) throw failure(output);
  const snapshot = await readFile(join(meta, snapshotName), "utf8");
  const sql = await readFile(join(scratch, "out", `${entry.tag}.sql`), "utf8");
  return { kind: "files", files: { entry, sql, snapshot, snapshotName }, config };
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
