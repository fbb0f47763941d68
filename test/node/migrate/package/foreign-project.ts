// A project that knows nothing of this repository: made by plain drizzle-kit, with the packed tool installed by npm.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Client, createClient } from "@libsql/client";

export const repository = join(import.meta.dirname, "../../../..");

/** How a run of a program ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody else's project, and the database that its configuration names. */
export interface ForeignProject extends AsyncDisposable {
  readonly folder: string;
  readonly client: Client;
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  /** The program that npm has put into `node_modules/.bin`. */
  tool(...args: readonly string[]): Promise<Run>;
  npm(...args: readonly string[]): Promise<Run>;
  node(...args: readonly string[]): Promise<Run>;
  /** Runs a line as a person types it. */
  shell(line: string): Promise<Run>;
}

/** What a project is made of. */
export interface ForeignOptions {
  readonly tarball: string;
  readonly dialect: "sqlite" | "turso";
  /** As the configuration names it. */
  readonly url: (folder: string) => string;
  readonly authToken?: string;
  /** The folder of this repository whose drizzle the project has. Default: its own. */
  readonly drizzle?: string;
}

const table = (columns: string, indexes = "[]"): string =>
  `import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
export const users = sqliteTable("users", { id: integer().primaryKey(), email: text().notNull()${columns} }, (t) => ${indexes});
`;
const unique = `[uniqueIndex("users_email").on(t.email)]`;
const history = [
  ["create_users", table(", bio: text()")],
  ["email_unique", table(", bio: text()", unique)],
  ["drop_bio", table("", unique)],
] as const;

/** The schema behind the last revision with one more column. */
export const widerSchema = table(", name: text()", unique);

/** Makes the project, lets drizzle-kit write three revisions and apply them over two users, and installs the tool. */
export async function createForeignProject(options: ForeignOptions): Promise<ForeignProject> {
  const folder = await mkdtemp(join(tmpdir(), "foreign-"));
  const url = options.url(folder);
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const node = (...args: readonly string[]): Promise<Run> => run(folder, process.execPath, args);
  const npm = (...args: readonly string[]): Promise<Run> => run(folder, "npm", args);
  // No `type`: most projects have none. The variables are drizzle-kit's to read from .env.
  await write("package.json", `{ "name": "foreign", "private": true }\n`);
  await write(".env", `DB=${url}\nDB_TOKEN=${options.authToken ?? ""}\n`);
  await write(
    "drizzle.config.ts",
    `import { defineConfig } from "drizzle-kit";
export default defineConfig({
  dialect: "${options.dialect}",
  schema: "./schema.ts",
  dbCredentials: { url: process.env.DB!, authToken: process.env.DB_TOKEN! },
});\n`,
  );
  await install(folder, options, npm);
  const client = createClient({
    url: url.startsWith("file:") ? `file:${join(folder, url.slice("file:".length))}` : url,
    ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
  });
  const project: ForeignProject = {
    folder,
    client,
    write,
    read: (name) => readFile(join(folder, name), "utf8"),
    tool: (...args) => run(folder, join(folder, "node_modules/.bin/eaves-migrate"), args),
    npm,
    node,
    shell: (line) => run(folder, "sh", ["-c", line]),
    [Symbol.asyncDispose]: async () => {
      client.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  await writeHistory(project);
  return project;
}

async function writeHistory({ write, node, client }: ForeignProject): Promise<void> {
  const kit = async (...args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await node("node_modules/drizzle-kit/bin.cjs", ...args);
    if (code !== 0) throw new Error(`drizzle-kit ${args.join(" ")}:\n${stdout}${stderr}`);
  };
  for (const [name, schema] of history) {
    await write("schema.ts", schema);
    await kit("generate", `--name=${name}`);
    if (name !== "email_unique") continue;
    await kit("migrate");
    await client.execute("INSERT INTO users VALUES (1, 'ada@x.test', 'wrote'), (2, 'grace@x.test', NULL)");
  }
  await kit("migrate");
}

/**
 * npm installs the tarball for itself. What the tool needs lies there already, copied to where npm has put it in this
 * repository, so that no registry is asked: npm runs offline over an empty cache. drizzle is the project's own, and linked.
 */
async function install(
  folder: string,
  { tarball, drizzle = "." }: ForeignOptions,
  npm: ForeignProject["npm"],
): Promise<void> {
  const { dependencies, optionalDependencies } = JSON.parse(
    await readFile(join(repository, "src/migrate/package.json"), "utf8"),
  );
  await copyPackages([...Object.keys(dependencies), ...Object.keys(optionalDependencies)], folder);
  const { code, stdout, stderr } = await npm(
    "install",
    "--offline",
    "--ignore-scripts",
    "--no-audit",
    tarball,
  );
  if (code !== 0) throw new Error(`npm install:\n${stdout}${stderr}`);
  for (const name of ["drizzle-kit", "drizzle-orm"]) {
    await symlink(join(repository, drizzle, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
}

interface Locked {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function copyPackages(names: readonly string[], folder: string): Promise<void> {
  const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    await readFile(join(repository, "package-lock.json"), "utf8"),
  );
  const isHere = (path: string): boolean => path in lock.packages && existsSync(join(repository, path));
  const wanted = names.map((name) => `node_modules/${name}`).filter(isHere);
  for (const path of wanted) {
    const { dependencies, optionalDependencies } = lock.packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = candidates(path, name).find(isHere);
      if (found !== undefined && !wanted.includes(found)) wanted.push(found);
    }
  }
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  for (const path of wanted) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(repository, path), join(folder, path), { recursive: true, verbatimSymlinks: true });
    // npm takes a package for installed only where its programs are linked.
    for (const [name, file] of Object.entries(lock.packages[path]?.bin ?? {})) {
      await symlink(join("..", "..", path, file), join(folder, "node_modules/.bin", name));
    }
  }
}

/** Where a package finds another one: below itself, or further up. */
function candidates(path: string, name: string): string[] {
  const own = `${path}/node_modules/${name}`;
  const end = path.lastIndexOf("/node_modules/");
  return end === -1 ? [own, `node_modules/${name}`] : [own, ...candidates(path.slice(0, end), name)];
}

/** Nothing of this repository's surroundings reaches the project, npm's own variables included. */
function run(folder: string, command: string, args: readonly string[]): Promise<Run> {
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { PATH: path, HOME: folder, NO_UPDATE_NOTIFIER: "1" };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
