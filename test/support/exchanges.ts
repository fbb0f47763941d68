// The `console` blocks of our Markdown: reads the commands and answers they show, and asks a real Worker.
import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

import { withTokenSecrets } from "../../src/dev/service/token-secret.ts";
import { startQuietWorker } from "./running-service.ts";
import { workerVariablesFor, writeEnvFile } from "../../src/dev/service/worker-variables.ts";
import { findFreePort } from "../../src/migrate/server/ports.ts";
import { startScratchServer } from "../../src/migrate/server/scratch-server.ts";
import { configOf } from "./sessions.ts";
import { applyRevisions } from "../../src/dev/command/revisions.ts";

/** One command as it is shown, and the answer shown below it. */
export interface Exchange {
  readonly command: CurlCommand | ShellCommand;
  /** In the form of {@link comparable}. */
  readonly answer: string;
}

interface CurlCommand {
  readonly kind: "request";
  readonly path: string;
  readonly method: string;
  /** Values as they are written, with `$token` where the shell would put the token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether status and headers are shown too. */
  readonly withHead: boolean;
  /** Whether the access token of the answer is kept as `$token`, and nothing is shown. */
  readonly keepsToken: boolean;
}

/** A command of the project, for a shell in its folder. */
interface ShellCommand {
  readonly kind: "shell";
  readonly text: string;
}

const curl =
  /^curl(?<head> -i| -s)?(?: -X (?<method>[A-Z]+))? '?localhost:8787(?<path>[^\s']+)'?(?<headers>(?: -H (?:'[^']+'|"[^"]+"))*)(?: -d '(?<body>[^']+)')?$/;
const keepingToken = /^token=\$\((?<request>curl -s .*) \| sed 's\/\.\*"accessToken":.*'\)$/;
const projectCommand = /^(?:echo '[^']+' \| )?npm run --silent [\w:]+(?: [\w.@-]+)*$/;

/** The commands of a `console` block. @throws where one is neither a `curl` with what is needed here, nor ours. */
export function readExchanges(text: string): readonly Exchange[] {
  const exchanges = text.split(/^\$ /m).slice(1);
  return exchanges.map((exchange) => {
    const [shown = "", ...answer] = exchange.trimEnd().split("\n");
    return { command: readCommand(shown), answer: comparable(answer.join("\n")) };
  });
}

function readCommand(shown: string): CurlCommand | ShellCommand {
  if (projectCommand.test(shown)) return { kind: "shell", text: shown };
  const kept = keepingToken.exec(shown)?.groups?.["request"];
  const parts = curl.exec(kept ?? shown)?.groups;
  if (parts === undefined) throw new Error(`Cannot be read as a request: ${shown}`);
  const { head, method, path = "", headers = "", body } = parts;
  const given = [...headers.matchAll(/ -H ['"]([\w-]+): ([^'"]+)['"]/g)];
  return {
    kind: "request",
    path,
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: Object.fromEntries(given.map(([, name = "", value = ""]) => [name, value])),
    body,
    withHead: head === " -i",
    keepsToken: kept !== undefined,
  };
}

/** An answer without what differs each time: ids of requests, and the case and order of headers. */
export function comparable(answer: string): string {
  const text = answer.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<request id>");
  if (!text.startsWith("HTTP/")) return text;
  const [head = "", body = ""] = text.split("\n\n");
  const [status = "", ...headers] = head.split("\n");
  const sorted = headers.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).toSorted();
  return [status, ...sorted, "", body].join("\n");
}

/**
 * The answers of the Worker of a project folder, over a new database with that folder's revisions. The Worker and
 * its database have ended when it returns.
 */
export async function askWorker(
  projectFolder: string,
  stateFolder: string,
  exchanges: readonly Exchange[],
): Promise<readonly string[]> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await startScratchServer();
  cleanUp.defer(() => server.stop());
  await applyRevisions(configOf(server.url), join(projectFolder, "drizzle"));
  const envFile = join(stateFolder, "worker.env");
  const variables = withTokenSecrets({}, stateFolder);
  writeEnvFile(envFile, workerVariablesFor({ url: server.url, authToken: undefined }, variables));
  const port = await findFreePort();
  const worker = startQuietWorker({ projectFolder, stateFolder, envFile, port });
  cleanUp.defer(() => worker.stop());
  await worker.ready();
  const answers: string[] = [];
  let token = "";
  for (const { command } of exchanges) {
    if (command.kind === "shell") {
      answers.push(comparable(await runShell(projectFolder, command.text, { DATABASE_URL: server.url })));
      continue;
    }
    const response = await send(`http://127.0.0.1:${port}`, command, token);
    const body = await response.text();
    if (command.keepsToken) token = tokenOf(body);
    const shown = command.withHead ? `${headOf(response)}\n\n${body}` : body;
    answers.push(command.keepsToken ? "" : comparable(shown));
  }
  return answers;
}

function send(
  origin: string,
  { path, method, headers, body }: CurlCommand,
  token: string,
): Promise<Response> {
  // As curl asks, which unlike fetch takes no compressed answer unless told.
  const sent = new Headers({ "accept-encoding": "identity" });
  for (const [name, value] of Object.entries(headers)) sent.set(name, value.replace("$token", token));
  return fetch(origin + path, { method, headers: sent, ...(body === undefined ? {} : { body }) });
}

function tokenOf(body: string): string {
  const [, token] = /"accessToken":"([^"]*)"/.exec(body) ?? [];
  if (token === undefined) throw new Error(`There is no access token in ${body}`);
  return token;
}

/** What a command of the project prints, with its own settings but for those given. */
function runShell(
  folder: string,
  command: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|DATABASE_|EAVES_|TOKEN_SECRETS$)/.test(name),
  );
  const env = { ...Object.fromEntries(kept), ...variables };
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", `{ ${command}; } 2>&1`], { cwd: folder, env }, (error, stdout) => {
      if (error === null) resolve(stdout.trimEnd());
      else reject(new Error(`${command} failed:\n${stdout}`, { cause: error }));
    });
  });
}

function headOf(response: Response): string {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${response.status} ${response.statusText}`, ...headers].join("\n");
}
