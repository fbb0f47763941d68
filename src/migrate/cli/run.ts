// One run of the command line: read the arguments, run the verb, show what came of it.
import { chooseDatabase, type ChosenDatabase, isDatabaseThere } from "../commands/project/database-choice.ts";
import type { GenerateContext } from "../commands/project/context.ts";
import { describeFailure, unplaced } from "../commands/project/failure.ts";
import { readProjectSettings } from "../commands/project/project-settings.ts";
import { readArguments } from "./arguments.ts";
import { type ExitCode, exitCodeOf } from "./exit-code.ts";
import type { Invocation } from "./invocation.ts";
import { renderFailure } from "./render-failure.ts";
import { createQuestions } from "./terminal-questions.ts";
import { createTerminal, type Surroundings, type Terminal } from "./terminal.ts";
import { runVerb } from "./verbs.ts";

/** What a process gives to a run. */
export interface RunOptions extends Surroundings {
  /** The arguments behind the program's name. */
  readonly given: readonly string[];
  /** What the program is called here. */
  readonly program: string;
  /** Whether the project has a local server, which is taken if no database is named. */
  readonly hasLocalServer: boolean;
  readonly projectFolder: string;
  readonly nodePath: string;
}

/** Runs one command line to its end, whatever happens, and says what to exit with. */
export async function run(options: RunOptions): Promise<ExitCode> {
  const json = options.given.includes("--json");
  const terminal = createTerminal(options, { quiet: json });
  try {
    const reading = await readArguments(options.given, options.program);
    if (reading.kind === "invocation") return await runInvocation(reading.invocation, options, terminal);
    if (reading.kind === "mistake") {
      return showFailure(terminal, json, { ...unplaced, code: "USAGE_INVALID", message: reading.message });
    }
    terminal.print(reading.text);
    return 0;
  } catch (error) {
    return showFailure(terminal, json, describeFailure(error));
  }
}

function showFailure(
  terminal: Terminal,
  json: boolean,
  failure: ReturnType<typeof describeFailure>,
): ExitCode {
  const shown = renderFailure(failure, json, terminal.paint);
  if (json) terminal.print(shown);
  else terminal.complain(shown);
  return exitCodeOf(failure.code);
}

async function runInvocation(
  invocation: Invocation,
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { projectFolder, nodePath, variables, hasLocalServer } = options;
  const { folder, configuredDatabase } = await readProjectSettings(projectFolder, nodePath, invocation.dir);
  let chosen: Promise<ChosenDatabase> | undefined;
  const wish = {
    projectFolder,
    variables,
    databaseUrl: invocation.databaseUrl,
    configuredDatabase,
    hasLocalServer,
  };
  const context: GenerateContext = {
    projectFolder,
    folder,
    database: async () => {
      chosen ??= chooseDatabase(wish);
      return (await chosen).config;
    },
    clock: () => Date.now(),
    random: () => Math.random(),
    report: (step) => terminal.step(step),
    nodePath,
    variables,
    schema: invocation.schema,
    hasDatabase: () => isDatabaseThere(wish),
    questions: terminal.canAsk ? createQuestions(terminal) : undefined,
  };
  try {
    const outcome = await runVerb(invocation, context, terminal.paint, options.program);
    terminal.print(invocation.json ? JSON.stringify(outcome.json) : outcome.text);
    return outcome.exitCode;
  } finally {
    // Where it could not be chosen, that is what has failed already.
    const found = await chosen?.catch(() => undefined);
    await found?.stop();
  }
}
