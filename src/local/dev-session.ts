// `npm run dev` as one piece of work: database, revisions, static files, Worker, until something ends it.
// Prints through `print` only; takes down whatever it started, in every case.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseConfig } from "../database/config.ts";
import { ensureLocalServer, type UsedServer } from "../sqld/local-server.ts";
import { isPortFree } from "../sqld/ports.ts";
import { makeAssets } from "./api-assets.ts";
import { applyRevisions } from "./apply-revisions.ts";
import { type Defer, withCleanUp } from "./clean-up.ts";
import { type DevLock, takeDevLock } from "./dev-lock.ts";
import { LocalError } from "./local-error.ts";
import type { Project } from "./project.ts";
import { databaseOf, parseOwnDatabase, parsePort } from "./settings.ts";
import { withTokenSecrets } from "./token-secret.ts";
import { startWorker, workerEnded, type WorkerProcess } from "./worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "./worker-variables.ts";

/** What a development session is given from outside. */
export interface DevOptions {
  readonly project: Project;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Settles when the session is to end. */
  readonly stopped: Promise<unknown>;
}

/**
 * Runs until `stopped` settles, and returns then.
 *
 * @throws {LocalError | SqldError | ConfigError} where it cannot start, or a part of it ends by itself.
 */
export async function runDevSession(options: DevOptions): Promise<void> {
  const port = parsePort(options.variables);
  const own = parseOwnDatabase(options.variables, options.project);
  const lock = await takeDevLock(options.project.stateFolder, `http://localhost:${port}`);
  await withCleanUp(async (defer) => {
    defer(() => lock.release());
    await refuseTakenPort(port);
    await serve({ ...options, own, port, lock, defer });
  });
}

interface Session extends DevOptions {
  readonly own: DatabaseConfig | undefined;
  readonly port: number;
  readonly lock: DevLock;
  readonly defer: Defer;
}

async function serve(session: Session): Promise<void> {
  const { project, own, port, stopped, lock, defer } = session;
  const variables = withTokenSecrets(session.variables, project.stateFolder);
  const assets = startAssets(project, defer);
  const server = own === undefined ? await startDatabase(project, defer) : undefined;
  const database = own ?? databaseOf({ ...variables, DATABASE_URL: server?.url }, project);
  const applied = applyRevisions(database, join(project.folder, "drizzle"));
  if (await endsBefore(stopped, Promise.all([applied, assets]))) return;
  const envFile = join(project.stateFolder, "worker.env");
  defer(() => rmSync(envFile, { force: true }));
  writeEnvFile(envFile, workerVariablesFor(database, variables));
  const worker = runWorker(session, port, envFile);
  defer(() => worker.stop());
  if (worker.identity !== undefined) lock.record(worker.identity);
  const failed = Promise.race([
    serverEnd(server),
    worker.exited.then((how) => Promise.reject(workerEnded(how))),
  ]);
  failed.catch(() => undefined);
  if (await endsBefore(stopped, Promise.race([worker.ready(), failed]))) return;
  announce(session.print, worker.url, database);
  await Promise.race([stopped, failed]);
}

/** They take a while and need nothing else, so that they are made while the database starts. */
function startAssets({ folder }: Project, defer: Defer): Promise<void> {
  const ended = new AbortController();
  defer(() => ended.abort());
  const made = makeAssets(folder, ended.signal);
  // Noticed where it is waited for, unless something else ends the session before.
  made.catch(() => undefined);
  return made;
}

async function startDatabase(project: Project, defer: Defer): Promise<UsedServer> {
  const server = await ensureLocalServer(project.stateFolder, { lifetime: "service" });
  defer(() => server.stop());
  return server;
}

async function refuseTakenPort(port: number): Promise<void> {
  if (await isPortFree(port)) return;
  throw new LocalError(
    "PORT_TAKEN",
    `Port ${port} is taken by another program: stop it, or run with another one, such as PORT=${port === 65_535 ? 8787 : port + 1} npm run dev`,
  );
}

function runWorker({ project, variables }: DevOptions, port: number, envFile: string): WorkerProcess {
  const { folder: projectFolder, stateFolder } = project;
  return startWorker({ projectFolder, stateFolder, envFile, port, environment: variables });
}

function serverEnd(server: UsedServer | undefined): Promise<never> {
  if (server === undefined) return new Promise(() => undefined);
  return server.exited.then(({ code, signal }) => {
    const how = signal ?? `exit code ${code}`;
    throw new LocalError(
      "SERVER_ENDED",
      `The local libSQL server ended by itself (${how}): run npm run dev again`,
    );
  });
}

/** Whether `stopped` settles before `work` does; rejects where `work` fails first. */
function endsBefore(stopped: Promise<unknown>, work: Promise<unknown>): Promise<boolean> {
  return Promise.race([stopped.then(() => true), work.then(() => false)]);
}

/** The lines below "Try it" are for sh and curl, one after the other; a test runs them as they are printed. */
function announce(print: (line: string) => void, url: string, database: DatabaseConfig): void {
  const json = `-H 'content-type: application/json' -d '{"email":"ada@example.com","password":"correct horse battery"}'`;
  print("");
  print(`Eaves answers on ${url}`);
  print(`its page to try  ${url}/docs`);
  print(`its database     ${database.url}`);
  print("");
  print("Try it: sign up, log in, and ask who you are");
  print(`  curl -i ${url}/users ${json}`);
  print(`  token=$(curl -s ${url}/auth/login ${json} | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`);
  print(`  curl -i ${url}/users/me -H "authorization: Bearer $token"`);
  print("");
  print("An admin: npm run user:create -- --email grace@example.com --role admin");
  print("");
}
