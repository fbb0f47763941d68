// Reads the command line; knows which verbs and options there are, and runs nothing.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommonOptions, Invocation, Mode, Reading } from "./invocation.ts";

/** Reads the arguments behind the program's name, which is `db` if it is not given. */
export async function readArguments(given: readonly string[], name = "db"): Promise<Reading> {
  let text = "";
  let invocation: Invocation | undefined;
  const program = describeVerbs(name, (found) => (invocation = found), {
    writeOut: (part) => (text += part),
    writeErr: (part) => (text += part),
  });
  try {
    await program.parseAsync(given, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "help", text };
    if (error.code === "commander.help") return mistake(`No verb was given.\n\n${text}`);
    return mistake(`${sentence(error.message)}: see \`${helpOf(name, given)}\``);
  }
  return invocation === undefined
    ? mistake(`No verb was given: see \`${name} --help\``)
    : { kind: "invocation", invocation };
}

function mistake(message: string): Reading {
  return { kind: "mistake", message: message.trimEnd() };
}

function sentence(message: string): string {
  const said = message.replace(/^error: /, "").replace(/\.$/, "");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function helpOf(name: string, given: readonly string[]): string {
  const verb = given.find((text) => verbs.some((known) => known === text));
  return verb === undefined ? `${name} --help` : `${name} ${verb} --help`;
}

const verbs = [
  "revision",
  "upgrade",
  "downgrade",
  "current",
  "history",
  "stamp",
  "check",
  "adopt",
  "archive",
] as const;

type Found = (invocation: Invocation) => void;
interface Output {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

function describeVerbs(name: string, found: Found, output: Output): Command {
  const program = new Command(name)
    .description("Migrations that are proven, and can be taken back with their data.")
    .usage("VERB [options]")
    .exitOverride()
    .configureOutput(output)
    .configureHelp({ showGlobalOptions: true })
    .option("--json", "print the result as JSON on stdout, failures too")
    .option("--database-url <url>", "default: `dbCredentials` of drizzle.config.ts, or DATABASE_URL")
    .option("--dir <folder>", "where the revisions are; default: `out` of drizzle.config.ts")
    .option("--schema <file>", "default: `schema` of drizzle.config.ts")
    .addHelpText("after", exitCodes);
  describeMaking(program, found);
  describeMoving(program, found);
  describeReading(program, found);
  describeArchive(program, found);
  return program;
}

const exitCodes = `
A REVISION is a number, a tag or a unique part of it. A token is read from DATABASE_AUTH_TOKEN.
Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 pending, drift or hazards found,
4 refused, needs a decision, 5 another runner was first and work is left.`;

function describeMaking(program: Command, found: Found): void {
  program
    .command("revision")
    .description("write a proven revision for what changed in the schema")
    .option("-m, --message <text>", "what changes, in a few words")
    .option("--empty", "write empty scripts, to be filled by hand")
    .addOption(
      new Option("--from-database", "for what was changed in the database by hand").conflicts("empty"),
    )
    .addOption(
      new Option("--rebase", "renumber what was merged late, behind what is applied").conflicts([
        "message",
        "empty",
        "fromDatabase",
      ]),
    )
    .option("--rename <old=new>", "users.a=users.b or old_table=new_table; what is not named is new", collect)
    .option("--no-rename", "nothing was renamed")
    .option("--archive", "keep what the revision removes, in tables of its own")
    .option("--no-archive", "what the revision removes is gone for good")
    .option("--unproven", "write it although its proof failed")
    .option("--dry-run", "show what would be written")
    .action((options: Options, command: Command) => {
      const from = sourceOf(options);
      if (from !== "rebase" && options["message"] === undefined) {
        command.error("error: required option '-m, --message <text>' not specified");
      }
      found({
        ...commonOptions(command),
        verb: "revision",
        from,
        message: textOf(options["message"]) ?? "",
        empty: options["empty"] === true,
        renames: renamesOf(options["rename"]),
        archive: typeof options["archive"] === "boolean" ? options["archive"] : undefined,
        unproven: options["unproven"] === true,
        mode: modeOf(options),
      });
    });
  program
    .command("adopt")
    .description("write proven downgrade scripts for a drizzle-kit folder that has none")
    .option("--dry-run", "report only")
    .action((options: Options, command: Command) =>
      found({ ...commonOptions(command), verb: "adopt", mode: modeOf(options) }),
    );
}

function describeMoving(program: Command, found: Found): void {
  running(program.command("upgrade"))
    .description("apply revisions: all of them, the next N, or up to and with one")
    .argument("[target]", "head, +N or a REVISION", "head")
    .action((target: string, options: Options, command: Command) =>
      found({ ...commonOptions(command), verb: "upgrade", target, mode: modeOf(options) }),
    );
  running(program.command("downgrade"))
    .description("take revisions back, from the newest down to a target, which stays")
    .argument("<target>", "-N, base or a REVISION")
    .addOption(
      new Option("--accept <loss>", "what may be lost").choices(["newer-data"]).argParser(acceptLoss),
    )
    .action((target: string, options: Options, command: Command) => {
      const acceptNewerData = options["accept"] === "newer-data";
      found({ ...commonOptions(command), verb: "downgrade", target, acceptNewerData, mode: modeOf(options) });
    });
  running(program.command("stamp"))
    .description("record a revision as applied without running anything")
    .argument("<target>", "base, head or a REVISION")
    .addOption(
      new Option("--accept-edit", "take the applied REVISION's edited files for what was applied").conflicts(
        "sql",
      ),
    )
    .action((target: string, options: Options, command: Command) => {
      const acceptEdit = options["acceptEdit"] === true;
      found({ ...commonOptions(command), verb: "stamp", target, acceptEdit, mode: modeOf(options) });
    });
}

function describeReading(program: Command, found: Found): void {
  program
    .command("current")
    .description("which revision the database has, and what is pending")
    .action((_options: Options, command: Command) => found({ ...commonOptions(command), verb: "current" }));
  program
    .command("history")
    .description("all revisions, or one in full")
    .argument("[revision]", "a REVISION")
    .action((target: string | undefined, _options: Options, command: Command) =>
      found({ ...commonOptions(command), verb: "history", target }),
    );
  program
    .command("check")
    .description("compare the schema, the snapshots, the revisions and the database")
    .option("--prove", "run the whole history up, down and up on a scratch database")
    .addOption(
      new Option("--explain <code>", "what a hazard is, with an example and the remedy").conflicts("prove"),
    )
    .action((options: Options, command: Command) => {
      const prove = options["prove"] === true;
      found({ ...commonOptions(command), verb: "check", prove, explain: textOf(options["explain"]) });
    });
}

function describeArchive(program: Command, found: Found): void {
  const archive = program.command("archive").description("what revisions have kept of removed values");
  archive
    .command("list")
    .description("revision, object, rows, bytes and age of each archive")
    .action((_options: Options, command: Command) =>
      found({ ...commonOptions(command), verb: "archive", action: "list" }),
    );
  running(archive.command("prune"))
    .description("drop archives for good")
    .argument("[revision]", "only those of this REVISION")
    .addOption(new Option("--older-than <age>", "such as 30d or 12h").argParser(parseAge))
    .action((target: string | undefined, options: Options, command: Command) => {
      const olderThanMs = typeof options["olderThan"] === "number" ? options["olderThan"] : undefined;
      const mode = modeOf(options);
      found({ ...commonOptions(command), verb: "archive", action: "prune", target, olderThanMs, mode });
    });
}

type Options = Readonly<Record<string, unknown>>;

/** A verb that changes a database, and so can stop after the plan. */
function running(command: Command): Command {
  return command
    .addOption(new Option("--dry-run", "show the plan and stop").conflicts("sql"))
    .option("--sql", "print the plan as a script for a shell, and stop");
}

function sourceOf(options: Options): "schema" | "database" | "rebase" {
  if (options["rebase"] === true) return "rebase";
  return options["fromDatabase"] === true ? "database" : "schema";
}

function modeOf(options: Options): Mode {
  if (options["sql"] === true) return "sql";
  return options["dryRun"] === true ? "dry-run" : "execute";
}

function commonOptions(command: Command): CommonOptions {
  const options: Options = command.optsWithGlobals();
  return {
    json: options["json"] === true,
    databaseUrl: textOf(options["databaseUrl"]),
    dir: textOf(options["dir"]),
    schema: textOf(options["schema"]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function collect(value: string, previous: unknown): readonly string[] {
  return [...(renamesOf(previous) ?? []), value];
}

/** `--no-rename` says that there are none; without a word they have to be asked for. */
function renamesOf(value: unknown): readonly string[] | undefined {
  if (value === false) return [];
  return Array.isArray(value) ? value.map(String) : undefined;
}

function acceptLoss(value: string): string {
  if (value === "newer-data") return value;
  throw new InvalidArgumentError("Expected newer-data.");
}

function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("Expected a number of days or hours, such as 30d.");
  return Number(count) * (unit === "d" ? 86_400_000 : 3_600_000);
}
