// Reads a walk through the project out of Markdown, and does what it says in a folder.
// Knows these blocks: `ts` (a new file), `diff` (a change), `sh` (commands), `console` (requests and answers).
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";

/** One block of a walk. `path` is the one that the text names just above it. */
export type WalkStep =
  | { readonly kind: "ts" | "diff"; readonly path: string; readonly text: string }
  | { readonly kind: "sh" | "console"; readonly text: string };

/** The steps below a heading of the second level, in their order. @throws where a block has no place in a walk. */
export function readWalk(markdown: string, heading: string): readonly WalkStep[] {
  const section = markdown.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`There is no heading "## ${heading}"`);
  const blocks = section.matchAll(/(?:^`([\w./-]+)`\n\n)?^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].map(([, path, kind, text = ""]) => {
    if ((kind === "ts" || kind === "diff") && path !== undefined) return { kind, path, text };
    if ((kind === "sh" || kind === "console") && path === undefined) return { kind, text };
    throw new Error(`Nobody knows what to do with this block of kind "${kind ?? ""}":\n${text}`);
  });
}

/** Does one step in a folder. `console` blocks need a running service and are done by exchanges.ts. */
export async function applyStep(folder: string, step: WalkStep): Promise<void> {
  if (step.kind === "ts") {
    const file = join(folder, step.path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, step.text, { flag: "wx" });
  } else if (step.kind === "diff") {
    const file = join(folder, step.path);
    await writeFile(file, applyDiff(await readFile(file, "utf8"), step.text));
  } else if (step.kind === "sh") {
    await runCommands(folder, step.text);
  }
}

/** The text with every hunk of a diff applied. @throws where what a hunk shows is not there exactly once. */
export function applyDiff(text: string, diff: string): string {
  let changed = text;
  for (const hunk of diff.split(/^@@.*\n/m)) {
    const lines = hunk.match(/^.*\n/gm) ?? [];
    const side = (mark: string): string =>
      lines
        .flatMap((line) => (line.startsWith(mark) || line.startsWith(" ") ? [line.slice(1)] : []))
        .join("");
    const parts = changed.split(side("-"));
    if (parts.length !== 2) throw new Error(`Found ${parts.length - 1} times instead of once:\n${hunk}`);
    changed = parts.join(side("+"));
  }
  return changed;
}

/**
 * Runs each line as a command of its own, up to the first that fails: a shell with `-e` would go on after a list
 * with `&&`. @throws with what it printed.
 */
async function runCommands(folder: string, commands: string): Promise<void> {
  for (const command of commands.trimEnd().split("\n")) await runCommand(folder, command);
}

function runCommand(folder: string, command: string): Promise<void> {
  // A test runner within a test runner must not believe that it is the outer one.
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|DATABASE_)/.test(name),
  );
  const options = { cwd: folder, env: Object.fromEntries(kept), maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", command], options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${command}\nfailed:\n${stdout}${stderr}`, { cause: error }));
    });
  });
}
