// Prints how much there is to hold in the head: `npm run lines`. Lines of TypeScript with comments and blank lines, files,
// the largest folder, exported names; then what is installed, and the size of the documents. A number above its limit is
// marked.
import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const root = join(import.meta.dirname, "../../..");

/** Source: the measures of lightness of the design. */
const areas: readonly {
  readonly name: string;
  readonly folders: readonly string[];
  readonly mostLines?: number;
  readonly mostFiles?: number;
}[] = [
  {
    name: "template",
    folders: ["schema", "database", "users", "auth", "worker", "api-docs"].map((folder) => `src/${folder}`),
    mostLines: 5_400,
  },
  { name: "  database", folders: ["src/database"], mostLines: 1_900 },
  { name: "dev", folders: ["src/dev"], mostLines: 2_700 },
  { name: "tool and server", folders: ["src/migrate"], mostLines: 17_300, mostFiles: 130 },
  { name: "tests", folders: ["test/node", "test/worker", "test/contract"] },
  { name: "test support", folders: ["test/support"] },
  {
    name: "laboratories",
    folders: ["test/labs"],
  },
];
const mostInFolder = 25;
const mostReadme = 12_000;
const mostDocuments = 100_000;
const mostInstalled = 620;
const mostTests = 1.4;

const mark = (count: number, most = Infinity): string => (count > most ? ` (limit ${most})` : "");

const linesOf = new Map<string, number>();
for (const { name, folders, mostLines, mostFiles } of areas) {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root })).filter(isOwn);
  const sources = files.map((file) => readFileSync(join(root, file), "utf8"));
  const lines = sources.reduce((sum, source) => sum + source.split("\n").length - 1, 0);
  const exported = sources.reduce((sum, source) => sum + (source.match(/^export /gm)?.length ?? 0), 0);
  linesOf.set(name, lines);
  const [largest = "", inLargest = 0] =
    [...Map.groupBy(files, dirname)]
      .map(([folder, inside]) => [folder, inside.length] as const)
      .toSorted(([, one], [, other]) => other - one)[0] ?? [];
  print(
    `${name.padEnd(16)} ${String(lines).padStart(6)} lines${mark(lines, mostLines)}, ${files.length} files${mark(files.length, mostFiles)}, ` +
      `${exported} exports, largest folder ${largest}: ${inLargest}${mark(inLargest, mostInFolder)}`,
  );
}

const linesIn = (...names: readonly string[]) =>
  names.reduce((all, name) => all + (linesOf.get(name) ?? 0), 0);
const ratio = linesIn("tests", "test support") / linesIn("template", "dev", "tool and server");
print(`tests            ${ratio.toFixed(2)} lines for one of source${mark(ratio, mostTests)}`);

const installed = readdirSync(join(root, "node_modules"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((all, entry) => all + statSync(join(entry.parentPath, entry.name)).size, 0);
const megabytes = Math.round(installed / 1e6);
print(`node_modules     ${megabytes} MB${mark(megabytes, mostInstalled)}`);

const documents = globSync("**/*.md", { cwd: root, exclude: ["node_modules", "dist", "**/node_modules"] });
const sizes = documents.filter(isOwn).map((file) => [file, statSync(join(root, file)).size] as const);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
print(`documents        ${total} bytes${mark(total, mostDocuments)}`);
for (const [file, size] of sizes.toSorted(([, one], [, other]) => other - one))
  print(`  ${String(size).padStart(7)}  ${file}${file === "README.md" ? mark(size, mostReadme) : ""}`);

function isOwn(file: string): boolean {
  return (
    !file.includes("node_modules") &&
    !/^(?:dist|test\/labs\/bench\/results)\/|^drizzle\/(?:matrix|schema)\.md$|^src\/migrate\/reference\.md$/.test(
      file,
    )
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
