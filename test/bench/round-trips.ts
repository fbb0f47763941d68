// Counts what requests cost in round trips to the database: the Worker in workerd, a real server, and a proxy
// between the two that counts what passes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { createClient } from "@libsql/client";
import { withTokenSecrets } from "../../src/local/token-secret.ts";
import { startWorker } from "../../src/local/worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "../../src/local/worker-variables.ts";
import { findFreePort } from "../../src/sqld/ports.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startTestServer } from "../support/server.ts";

/** A route, a request to it, and what that may cost. */
interface Budget {
  /** Method and pattern, as it is printed. */
  readonly route: string;
  /** Where the pattern has an id. */
  readonly path?: string;
  /** Whose access token it carries. */
  readonly as?: "user" | "admin";
  readonly body?: (tokens: Tokens) => Readonly<Record<string, string | boolean>>;
  readonly status: number;
  readonly allowed: number;
}

/** A request and what it did cost. */
export interface Cost {
  readonly route: string;
  /** The status that was expected. */
  readonly status: number;
  readonly allowed: number;
  readonly answered: number;
  readonly roundTrips: number;
}

/** What earlier answers have given. */
interface Tokens {
  user: string;
  admin: string;
  /** Of the user, for the next refresh. */
  refresh: string;
}

const ada = { email: "ada@example.com", password: "correct horse battery" };
const grace = { email: "grace@example.com", password: "correct horse battery" };
const newPassword = "another correct horse";

/** Every route, in an order in which each finds what it needs. Grace is 1, Ada 2. */
const budgets: readonly Budget[] = [
  { route: "GET /health", status: 200, allowed: 0 },
  { route: "GET /ready", status: 200, allowed: 1 },
  { route: "POST /users", body: () => ada, status: 201, allowed: 1 },
  { route: "POST /auth/login", body: () => ada, status: 200, allowed: 2 },
  {
    route: "POST /auth/refresh",
    body: ({ refresh }) => ({ refreshToken: refresh }),
    status: 200,
    allowed: 1,
  },
  { route: "GET /users/me", as: "user", status: 200, allowed: 1 },
  {
    route: "PATCH /users/me",
    as: "user",
    body: () => ({ email: "eve@example.com" }),
    status: 200,
    allowed: 1,
  },
  {
    route: "POST /users/me/password",
    as: "user",
    body: () => ({ oldPassword: ada.password, newPassword }),
    status: 204,
    allowed: 2,
  },
  { route: "GET /users", as: "admin", status: 200, allowed: 1 },
  { route: "GET /users/:id", path: "/users/2", as: "admin", status: 200, allowed: 1 },
  {
    route: "POST /auth/logout",
    body: ({ refresh }) => ({ refreshToken: refresh }),
    status: 204,
    allowed: 1,
  },
  {
    route: "PATCH /users/:id",
    path: "/users/2",
    as: "admin",
    // The costlier change: it ends the logins of the account.
    body: () => ({ disabled: true }),
    status: 200,
    allowed: 1,
  },
  { route: "DELETE /users/:id", path: "/users/2", as: "admin", status: 204, allowed: 1 },
  { route: "DELETE /users/me", as: "admin", status: 204, allowed: 1 },
];

/** Sends each request once and counts. Everything it starts has ended when it returns. */
export async function countRoundTrips(): Promise<readonly Cost[]> {
  await using cleanUp = new AsyncDisposableStack();
  const stateFolder = await mkdtemp(join(tmpdir(), "eaves-costs-"));
  cleanUp.defer(() => rm(stateFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const database = await startTestServer({ migrated: true });
  cleanUp.defer(() => database.stop());
  const proxy = await startFaultProxy(database.port);
  cleanUp.defer(() => proxy.close());
  const envFile = join(stateFolder, "worker.env");
  const variables = withTokenSecrets({}, stateFolder);
  writeEnvFile(envFile, workerVariablesFor({ url: proxy.url, authToken: undefined }, variables));
  const port = await findFreePort();
  const projectFolder = join(import.meta.dirname, "../..");
  // Without this the log of the Worker would stand between the lines of the table.
  const environment = { ...process.env, WRANGLER_LOG: "error" };
  const worker = startWorker({ projectFolder, stateFolder, envFile, port, environment });
  cleanUp.defer(() => worker.stop());
  await worker.ready();
  const origin = `http://127.0.0.1:${port}`;
  const tokens = { user: "", admin: await openAdmin(origin, database.url), refresh: "" };
  const costs: Cost[] = [];
  for (const budget of budgets) {
    proxy.clearRecord();
    const answer = await send(origin, budget, tokens);
    const { route, status, allowed } = budget;
    const roundTrips = proxy.record().requests.length;
    costs.push({ route, status, allowed, answered: answer.status, roundTrips });
    keepTokens(answer, tokens);
  }
  return costs;
}

/** Makes an administrator, beside what is counted, and gives its access token. */
async function openAdmin(origin: string, databaseUrl: string): Promise<string> {
  const tokens: Tokens = { user: "", admin: "", refresh: "" };
  const rest = { body: () => grace, status: 0, allowed: 0 };
  await send(origin, { route: "POST /users", ...rest }, tokens);
  const client = createClient({ url: databaseUrl });
  await client.execute("UPDATE users SET role = 'admin'");
  client.close();
  keepTokens(await send(origin, { route: "POST /auth/login", ...rest }, tokens), tokens);
  return tokens.user;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(origin: string, { route, path, as, body }: Budget, tokens: Tokens): Promise<Answer> {
  const [method = "", pattern = ""] = route.split(" ");
  const content = body === undefined ? undefined : JSON.stringify(body(tokens));
  const response = await fetch(origin + (path ?? pattern), {
    method,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${tokens[as]}` }),
      ...(content === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(content === undefined ? {} : { body: content }),
  });
  return { status: response.status, text: await response.text() };
}

/** Every answer with tokens is the user's. */
function keepTokens({ text }: Answer, tokens: Tokens): void {
  if (!text.includes('"accessToken"')) return;
  const { accessToken, refreshToken } = JSON.parse(text) as Record<"accessToken" | "refreshToken", string>;
  Object.assign(tokens, { user: accessToken, refresh: refreshToken });
}
