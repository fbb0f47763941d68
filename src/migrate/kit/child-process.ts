// Runs a program of the project without a terminal: it can ask nothing, and what it prints is collected.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** What a program left behind when it ended. */
export interface Outcome {
  /** Null if a signal ended it. */
  readonly code: number | null;
  /** Both streams in the order of their arrival, without colours. */
  readonly output: string;
}

/** Where and with which Node a script runs. */
export interface NodeProcess {
  /** The Node binary; never looked up in the PATH, where an older one may stand. */
  readonly node: string;
  readonly folder: string;
}

/**
 * Runs a JavaScript entry to its end; its standard input is closed.
 *
 * @throws whatever starting the binary throws, such as ENOENT.
 */
export async function runNode({ node, folder }: NodeProcess, args: readonly string[]): Promise<Outcome> {
  const child = spawn(node, [...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output: stripVTControlCharacters(output).trim() };
}
