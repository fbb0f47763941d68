// Reads the command line of `npm run user`.
import { isEmail, normalizeEmail } from "../../users/email.ts";
import { isRole, type Role, roles } from "../../users/roles.ts";
import { type CommandText, HelpRequest, readCommandLine } from "../command/command-line.ts";
import { DevError } from "../command/dev-error.ts";

/** What is asked for. The email is normalised. */
export type UserArguments =
  | { readonly verb: "create"; readonly email: string; readonly role: Role }
  | { readonly verb: "password" | "unlock"; readonly email: string }
  | { readonly verb: "list" };

type Verb = UserArguments["verb"];

const fromInput =
  "The password is asked for, or read from stdin if that is no terminal; it is never an argument.";
const database = "Database: DATABASE_URL, or the project's local server.";

const about: Readonly<Record<Verb, string>> = {
  create: `Creates an account. ${fromInput}`,
  password: `Sets a new password and ends the logins of the account. ${fromInput}`,
  unlock: "Forgets the failed logins of an account, so that it need not wait.",
  list: "Lists the accounts.",
};

const options = {
  email: ["ADDRESS", "of the account"],
  role: ["ROLE", `what it may do: ${roles.join(" or ")}; default: user`],
} as const;

const usage = `npm run user -- ${Object.keys(about).join("|")} [--email ADDRESS] [--role ROLE]`;

/**
 * Reads the arguments behind the program's name.
 *
 * @throws {HelpRequest} for `--help`.
 * @throws {DevError} `USAGE_INVALID`, without what may be a password.
 */
export function readUserArguments([verb, ...given]: readonly string[]): UserArguments {
  if (verb === "--help" || verb === "-h") {
    const lines = Object.entries(about).map(([name, what]) => `  ${name.padEnd(9)} ${what}`);
    throw new HelpRequest([`Usage: ${usage}`, "", ...lines, "", database].join("\n"));
  }
  if (verb === undefined || !isVerb(verb)) throw refuse("Expected one of the verbs");
  const { email, role = "user" } = readOptions(given, verb);
  if (verb === "list") return { verb };
  if (email === undefined) throw refuse("--email is missing");
  const address = normalizeEmail(email);
  if (!isEmail(address))
    throw refuse(`${JSON.stringify(email)} is no email address of at most 254 characters`);
  if (verb !== "create") return { verb, email: address };
  if (!isRole(role)) throw refuse(`${JSON.stringify(role)} is no role: expected ${roles.join(" or ")}`);
  return { verb, email: address, role };
}

function readOptions(given: readonly string[], verb: Verb) {
  const taken = Object.entries(options).slice(0, { create: 2, password: 1, unlock: 1, list: 0 }[verb]);
  const command: CommandText<keyof typeof options> = {
    name: `npm run user -- ${verb}`,
    about: `${about[verb]}\n${database}`,
    options: Object.fromEntries(taken) as typeof options,
  };
  try {
    return readCommandLine(given, command).options;
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    const message = `${error.message}. A password is asked for, or read from stdin, and never an argument`;
    throw new DevError("USAGE_INVALID", message, { cause: error });
  }
}

function isVerb(text: string): text is Verb {
  return Object.hasOwn(about, text);
}

function refuse(found: string): DevError {
  const example = "npm run user -- create --email ada@example.com --role admin";
  return new DevError("USAGE_INVALID", `${found}: ${usage}. Example: ${example}`);
}
