// Reads the command line of `npm run user:create`. What it refuses it does not repeat where it may be a password.
import { Command, CommanderError, Option } from "commander";
import { isEmail, normalizeEmail } from "../users/email.ts";
import { isRole, type Role, roles } from "../users/roles.ts";
import { LocalError } from "./local-error.ts";

/** What was asked for: an account, or the help text. */
export type UserArguments =
  | { readonly kind: "account"; readonly email: string; readonly role: Role }
  | { readonly kind: "help"; readonly text: string };

const example = "npm run user:create -- --email ada@example.com --role admin";

/**
 * Reads the arguments behind the program's name; the email is normalised.
 *
 * @throws {LocalError} `USAGE_INVALID`.
 */
export function readUserArguments(given: readonly string[]): UserArguments {
  let text = "";
  const command = describeCommand((part) => (text += part));
  try {
    command.parse(given, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "help", text };
    throw usage(explain(error));
  }
  const options: Readonly<Record<string, unknown>> = command.opts();
  return { kind: "account", email: emailOf(textOf(options["email"])), role: roleOf(textOf(options["role"])) };
}

function describeCommand(write: (part: string) => void): Command {
  return new Command("user:create")
    .description(
      "Creates an account. The password is asked for, or read from stdin where that is no terminal.",
    )
    .usage("-- --email ADDRESS [--role ROLE]")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .requiredOption("--email <address>", "of the new account")
    .addOption(new Option("--role <role>", `what it may do: ${roles.join(" or ")}`).default("user"))
    .addHelpText("after", "\nDatabase: DATABASE_URL, or the project's local server.")
    .allowExcessArguments(false)
    .action(() => undefined);
}

function explain({ code, message }: CommanderError): string {
  if (code === "commander.unknownOption" || code === "commander.excessArguments") {
    return "There is more than --email and --role: a password is asked for, or read from stdin, and never an argument";
  }
  if (code === "commander.missingMandatoryOptionValue")
    return "--email is missing (npm wants a -- before it)";
  const said = message.replace(/^error: /, "").replace(/\.$/, "");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function emailOf(text: string): string {
  const email = normalizeEmail(text);
  if (isEmail(email)) return email;
  throw usage(`${JSON.stringify(text)} is no email address of at most 254 characters`);
}

function roleOf(text: string): Role {
  if (isRole(text)) return text;
  throw usage(`${JSON.stringify(text)} is no role: expected ${roles.join(" or ")}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function usage(found: string): LocalError {
  return new LocalError("USAGE_INVALID", `${found}. Example: ${example}`);
}
