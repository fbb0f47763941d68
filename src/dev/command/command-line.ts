// The command lines of all commands: options, an operand, --help. What is not known is refused.
import { parseArgs } from "node:util";
import { DevError } from "./dev-error.ts";

/** What a command takes. */
export interface CommandText<Name extends string> {
  /** As it is typed, such as `npm run dev`. */
  readonly name: string;
  readonly about: string;
  /** By name: the placeholder of the value (undefined for a flag), and what it is for. */
  readonly options?: Readonly<Record<Name, readonly [value: string | undefined, about: string]>>;
  /** What may stand without a name: `[FILE]`, or `FILE` if it is needed. */
  readonly operand?: string;
}

type Options<Name extends string> = { readonly [Key in Name]?: string };

/** `--help` was given: its message is the help. */
export class HelpRequest extends Error {
  override readonly name = "HelpRequest";
}

/**
 * Reads the arguments behind the name of a command; a flag that is there is an empty text. A refusal does not repeat values,
 * since one may be a password.
 *
 * @throws {HelpRequest} for `--help`.
 * @throws {DevError} `USAGE_INVALID` for what the command does not know.
 */
export function readCommandLine<Name extends string>(
  given: readonly string[],
  text: CommandText<Name>,
): { readonly options: Options<Name>; readonly operand: string | undefined } {
  const refuse = (found: string, cause?: unknown) =>
    new DevError("USAGE_INVALID", `${found}: expected ${usageOf(text)}`, { cause });
  const known = optionsOf(text).map(({ name, value }) => [
    name,
    { type: value === undefined ? "boolean" : "string" },
  ]);
  const options = Object.fromEntries(known) as Record<string, { type: "boolean" | "string" }>;
  const parsed = (() => {
    try {
      return parseArgs({
        args: [...given],
        options: { ...options, help: { type: "boolean", short: "h" } },
        allowPositionals: true,
      });
    } catch (cause) {
      const found = cause instanceof Error ? (cause.message.split(/[.\n]/)[0] ?? "") : String(cause);
      throw refuse(found, cause);
    }
  })();
  if (parsed.values["help"] === true) throw new HelpRequest(helpOf(text));
  const [operand, ...more] = parsed.positionals;
  if (operand !== undefined && text.operand === undefined)
    throw refuse("An argument has no option in front of it");
  if (more.length > 0) throw refuse(`Found ${parsed.positionals.length} arguments`);
  if (operand === undefined && text.operand !== undefined && !text.operand.startsWith("["))
    throw refuse(`${text.operand} is missing`);
  const values = Object.entries(parsed.values).map(([name, value]) => [
    name,
    typeof value === "string" ? value : "",
  ]);
  return { operand, options: Object.fromEntries(values) as Options<Name> };
}

/** The command with all that it takes. */
export function usageOf<Name extends string>(text: CommandText<Name>): string {
  const { name, operand } = text;
  const all = [
    ...(operand === undefined ? [] : [operand]),
    ...optionsOf(text).map(({ typed }) => `[${typed}]`),
  ];
  if (all.length === 0) return `${name} without arguments`;
  return `${name} ${name.includes(" -- ") ? "" : "-- "}${all.join(" ")}`;
}

function helpOf<Name extends string>(text: CommandText<Name>): string {
  const lines = optionsOf(text).map(({ typed, about }) => `  ${typed.padEnd(22)} ${about}`);
  return [text.about, "", `Usage: ${usageOf(text)}`, ...(lines.length === 0 ? [] : ["", ...lines])].join(
    "\n",
  );
}

/** The options as they are typed, with the placeholders of their values. */
function optionsOf<Name extends string>({ options }: CommandText<Name>) {
  const known = Object.entries<readonly [string | undefined, string]>(options ?? {});
  return known.map(([name, [value, about]]) => {
    return { name, value, about, typed: `--${name}${value === undefined ? "" : ` ${value}`}` };
  });
}
