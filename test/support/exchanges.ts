// The `console` blocks of our Markdown: reads the requests and answers they show, and asks a real Worker.
import { join } from "node:path";
import process from "node:process";

import { applyRevisions } from "../../src/local/apply-revisions.ts";
import { startWorker } from "../../src/local/worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "../../src/local/worker-variables.ts";
import { findFreePort } from "../../src/sqld/ports.ts";
import { startScratchServer } from "../../src/sqld/scratch-server.ts";
import { configOf } from "./sessions.ts";

/** One request as it is shown, and the answer shown below it. */
export interface Exchange {
  readonly path: string;
  readonly init: RequestInit;
  /** Whether status and headers are shown too. */
  readonly withHead: boolean;
  /** In the form of {@link comparable}. */
  readonly answer: string;
}

const curl =
  /^curl(?<head> -i)?(?: -X (?<method>[A-Z]+))? '?localhost:8787(?<path>[^\s']+)'?(?: -H '(?<header>[\w-]+): (?<value>[^']+)' -d '(?<body>[^']+)')?$/;

/** The requests of a `console` block. @throws where one is not a `curl` with what is needed here. */
export function readExchanges(text: string): readonly Exchange[] {
  const exchanges = text.split(/^\$ /m).slice(1);
  return exchanges.map((exchange) => {
    const [command = "", ...answer] = exchange.trimEnd().split("\n");
    const parts = curl.exec(command)?.groups;
    if (parts === undefined) throw new Error(`Cannot be read as a request: ${command}`);
    const { head, method, path = "", header, value = "", body } = parts;
    const init = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      // As curl asks, which unlike fetch takes no compressed answer unless told.
      headers: { "accept-encoding": "identity", ...(header === undefined ? {} : { [header]: value }) },
      ...(body === undefined ? {} : { body }),
    };
    return { path, init, withHead: head !== undefined, answer: comparable(answer.join("\n")) };
  });
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
  writeEnvFile(envFile, workerVariablesFor({ url: server.url, authToken: undefined }, {}));
  const port = await findFreePort();
  const environment = { ...process.env, WRANGLER_LOG: "error" };
  const worker = startWorker({ projectFolder, stateFolder, envFile, port, environment });
  cleanUp.defer(() => worker.stop());
  await worker.ready();
  const answers: string[] = [];
  for (const { path, init, withHead } of exchanges) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const body = await response.text();
    answers.push(comparable(withHead ? `${headOf(response)}\n\n${body}` : body));
  }
  return answers;
}

function headOf(response: Response): string {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${response.status} ${response.statusText}`, ...headers].join("\n");
}
