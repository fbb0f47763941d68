// Reads the password of a new account. It is not shown, and is in no error.
import { isUtf8 } from "node:buffer";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isCommonPassword } from "../../auth/common-passwords.ts";
import { isAcceptablePassword } from "../../auth/password.ts";
import { DevError } from "../command/dev-error.ts";

/** The streams of a process, as far as they are needed here. */
export interface PasswordStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
}

/** More than 128 characters have in UTF-8: what is longer is no password. */
const mostBytes = 1_024;

/**
 * Asks for a password twice if stdin is a terminal, which then shows nothing; otherwise reads stdin to its
 * end as one line.
 *
 * @throws {DevError} `PASSWORD_REFUSED` for one that the service would not take, `STOPPED` on Ctrl-C.
 */
export async function readPassword({ stdin, stderr }: PasswordStreams): Promise<string> {
  const password = stdin.isTTY === true ? await askTwice(stdin, stderr) : await readLine(stdin);
  if (!isAcceptablePassword(password)) throw refused("The password has to have 8 to 128 characters");
  if (isCommonPassword(password))
    throw refused("The password is one of the most common ones: choose another");
  return password;
}

async function askTwice(stdin: NodeJS.ReadableStream, stderr: NodeJS.WritableStream): Promise<string> {
  // The keys are edited by readline, and what it would show goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  // Keeps what is typed ahead, unlike `question`; Ctrl-C and Ctrl-D end it.
  const answers = lines[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    stderr.write(question);
    const { done, value } = await answers.next();
    stderr.write("\n");
    if (done === true) throw new DevError("STOPPED", "No password was given: no account was created");
    return value;
  };
  try {
    const password = await ask("Password: ");
    if ((await ask("The same again: ")) === password) return password;
    throw refused("The two passwords are not the same");
  } finally {
    lines.close();
  }
}

async function readLine(stdin: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stdin) {
    const buffer = Buffer.from(part);
    parts.push(buffer);
    bytes += buffer.length;
    if (bytes > mostBytes) throw refused("stdin has to be the password as one line, and nothing else");
  }
  if (bytes === 0) throw refused("stdin is empty: write the password to it as one line");
  const all = Buffer.concat(parts);
  if (!isUtf8(all)) throw refused("stdin is not UTF-8 text");
  const text = all.toString().replace(/\r?\n$/, "");
  if (/[\r\n]/.test(text)) throw refused("stdin has to be the password as one line, and nothing else");
  return text;
}

function refused(message: string): DevError {
  return new DevError("PASSWORD_REFUSED", `${message}; no account was created`);
}
