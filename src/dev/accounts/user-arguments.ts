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

const email = ["ADDRESS", "of the account"] as const;
const fromInput =
  "The password is asked for, or read from stdin if that is no terminal; it is never an argument.";
const database = "Database: DATABASE_URL, or the project's local server.";

const verbs: Readonly<Record<Verb, CommandText<"email" | "role">>> = {
  create: {
    name: "npm run user -- create",
    about: `Creates an account. ${fromInput}\n${database}`,
    options: { email, role: ["ROLE", `what it may do: ${roles.join(" or ")}; default: user`] },
  },
  password: {
    name: "npm run user -- password",
    about: `Sets a new password and ends the logins of the account. ${fromInput}\n${database}`,
    options: { email } as CommandText<"email" | "role">["options"] & object,
  },
  unlock: {
    name: "npm run user -- unlock",
    about: `Forgets the failed logins of an account, so that it need not wait.\n${database}`,
    options: { email } as CommandText<"email" | "role">["options"] & object,
  },
  list: { name: "npm run user -- list", about: `Lists the accounts.\n${database}` },
};

const usage = `npm run user -- ${Object.keys(verbs).join("|")} [--email ADDRESS] [--role ROLE]`;

/**
 * Reads the arguments behind the program's name.
 *
 * @throws {HelpRequest} for `--help`.
 * @throws {DevError} `USAGE_INVALID`, without what may be a password.
 */
export function readUserArguments([verb, ...given]: readonly string[]): UserArguments {
  if (verb === "--help" || verb === "-h") {
    const lines = Object.entries(verbs).map(
      ([name, { about }]) => `  ${name.padEnd(9)} ${about.split("\n")[0]}`,
    );
    throw new HelpRequest([`Usage: ${usage}`, "", ...lines, "", database].join("\n"));
  }
  if (verb === undefined || !isVerb(verb)) throw refuse("Expected one of the verbs");
  const { options } = readOptions(given, verbs[verb]);
  if (verb === "list") return { verb };
  if (options.email === undefined) throw refuse("--email is missing");
  const address = normalizeEmail(options.email);
  if (!isEmail(address))
    throw refuse(`${JSON.stringify(options.email)} is no email address of at most 254 characters`);
  if (verb !== "create") return { verb, email: address };
  const { role = "user" } = options;
  if (!isRole(role)) throw refuse(`${JSON.stringify(role)} is no role: expected ${roles.join(" or ")}`);
  return { verb, email: address, role };
}

function readOptions(given: readonly string[], verb: CommandText<"email" | "role">) {
  try {
    return readCommandLine(given, verb);
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    const message = `${error.message}. A password is asked for, or read from stdin, and never an argument`;
    throw new DevError("USAGE_INVALID", message, { cause: error });
  }
}

function isVerb(text: string): text is Verb {
  return Object.hasOwn(verbs, text);
}

function refuse(found: string): DevError {
  const example = "npm run user -- create --email ada@example.com --role admin";
  return new DevError("USAGE_INVALID", `${found}: ${usage}. Example: ${example}`);
}
