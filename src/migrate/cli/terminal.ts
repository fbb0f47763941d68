// Where the command line writes, and whom it may ask. stdout is the result, stderr is progress.
import { createInterface } from "node:readline/promises";
import picocolors from "picocolors";

/** The streams and the process around a run; made by main. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** How one run speaks. */
export interface Terminal {
  /** Whether there is somebody who can answer. */
  readonly canAsk: boolean;
  readonly paint: Paint;
  /** The result. */
  print(text: string): void;
  /** A failure, for people. */
  complain(text: string): void;
  /** One line at the beginning of a step; the last one is wiped away on a terminal. */
  step(text: string): void;
  /** Asks, and gives the answer as typed. Only if `canAsk`. */
  ask(question: string): Promise<string>;
}

/** Colours, none if no terminal shows them. */
export type Paint = Pick<
  ReturnType<typeof picocolors.createColors>,
  "bold" | "dim" | "red" | "yellow" | "green"
>;

/** Makes a terminal; with `quiet` nothing but the result is written. */
export function createTerminal(around: Surroundings, { quiet }: { readonly quiet: boolean }): Terminal {
  const { stdin, stdout, stderr, variables } = around;
  const isSeen = stderr.isTTY && variables["TERM"] !== "dumb";
  let transient = false;
  const wipe = (): void => {
    if (transient) stderr.write("\r\u001b[2K");
    transient = false;
  };
  return {
    canAsk: !quiet && stdin.isTTY && stderr.isTTY && !variables["CI"],
    // Said outright, since picocolors paints in CI where it is told nothing, and a pipe's isTTY is undefined.
    paint: picocolors.createColors(stdout.isTTY ? variables["NO_COLOR"] === undefined : false),
    print: (text) => {
      wipe();
      stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    complain: (text) => {
      wipe();
      stderr.write(`${text}\n`);
    },
    step: (text) => {
      if (quiet) return;
      wipe();
      stderr.write(isSeen ? text.slice(0, (stderr.columns || 80) - 1) : `${text}\n`);
      transient = isSeen;
    },
    ask: async (question) => {
      wipe();
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
  };
}
