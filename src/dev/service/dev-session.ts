// `npm run dev` as one piece of work: database, revisions, static files, Worker, until something ends it.
// Prints through `print` only; takes down whatever it started, in every case.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { ensureLocalServer, type UsedServer } from "../../sqld/local-server.ts";
import { isPortFree } from "../../sqld/ports.ts";
import { makeAssets } from "./api-assets.ts";
import { applyRevisions } from "../command/apply-revisions.ts";
import { type Defer, withCleanUp } from "../command/clean-up.ts";
import { type DevLock, takeDevLock } from "./dev-lock.ts";
import { DevError } from "../command/dev-error.ts";
import { commandOf, type Project } from "../command/project.ts";
import { databaseOf, parseOwnDatabase, parsePort } from "./settings.ts";
import { withTokenSecrets } from "./token-secret.ts";
import { findRevisionNotices } from "./revision-notices.ts";
import { createFrameMapper } from "./source-frames.ts";
import { watchSources } from "./watched-sources.ts";
import { createWorkerOutput } from "./worker-output.ts";
import { startWorker, urlOf, workerEnded, type WorkerProcess } from "./worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "./worker-variables.ts";

/** What a development session is given from outside. */
export interface DevOptions {
  readonly project: Project;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The address that the Worker listens on. */
  readonly host: string;
  readonly print: (line: string) => void;
  /** Settles when the session is to end. */
  readonly stopped: Promise<unknown>;
}

/**
 * Runs until `stopped` settles, and returns then.
 *
 * @throws {DevError | SqldError | ConfigError} where it cannot start, or a part of it ends by itself.
 */
export async function runDevSession(options: DevOptions): Promise<void> {
  const port = parsePort(options.variables);
  const own = parseOwnDatabase(options.variables, options.project);
  const lock = await takeDevLock(options.project.stateFolder, `http://localhost:${port}`);
  await withCleanUp(async (defer) => {
    defer(() => lock.release());
    await refuseTakenPort(port, options.project);
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
  const { project, own, port, host, stopped, defer } = session;
  const variables = withTokenSecrets(session.variables, project.stateFolder);
  const ended = new AbortController();
  defer(() => ended.abort());
  // They take a while and need nothing else, so that they are made while the database starts.
  const assets = makeAssets(project.folder, ended.signal);
  assets.catch(() => undefined);
  const server = own === undefined ? await startDatabase(project, defer) : undefined;
  const database = own ?? databaseOf({ ...variables, DATABASE_URL: server?.url }, project);
  const failed = serverEnd(server);
  failed.catch(() => undefined);
  const prepared = Promise.race([prepare(session, database, assets), failed]);
  if (await endsBefore(stopped, prepared)) return;
  const envFile = join(project.stateFolder, "worker.env");
  defer(() => rmSync(envFile, { force: true }));
  writeEnvFile(envFile, workerVariablesFor(database, variables));
  const saves = watchForSaves(session, database, ended.signal);
  const announceOnce = () => announce(session, urlOf({ host, port }), database);
  const running = keepWorkerRunning(session, envFile, saves, announceOnce);
  running.catch(() => undefined);
  await Promise.race([stopped, failed, running]);
}

/** Applies what is pending, and says what a developer should know before the Worker starts. */
async function prepare(
  { project, print }: Session,
  database: DatabaseConfig,
  assets: Promise<readonly string[]>,
): Promise<void> {
  try {
    await applyRevisions(database, join(project.folder, "drizzle"), print);
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    const reset = commandOf(project, "npm run db:reset");
    throw new DevError(
      error.code,
      `${error.message}. After a switch of branches, \`${reset}\` empties the local database and applies the revisions of this one`,
      { cause: error },
    );
  }
  for (const warning of await assets) print(warning);
}

/** Resolves at the next save. */
type NextSave = () => Promise<void>;

/** Keeps /openapi.json and the notices of revisions fresh at each save. */
function watchForSaves(
  { project, print, defer }: Session,
  database: DatabaseConfig,
  signal: AbortSignal,
): NextSave {
  let waiting: (() => void)[] = [];
  const sayNotices = async (): Promise<void> => {
    for (const notice of await findRevisionNotices(project, database)) print(notice);
  };
  let work = sayNotices();
  let said = "";
  const say = (lines: readonly string[]): void => {
    // What has been said stands until it changes.
    if (lines.join() !== said) for (const line of lines) print(line);
    said = lines.join();
  };
  const stop = watchSources(project.folder, (files) => {
    for (const resolve of waiting.splice(0)) resolve();
    const names = [...files];
    const concernsRoutes = names.some(
      (name) => name.startsWith("src/") && !/^src\/(?:dev|migrate|sqld)\//.test(name),
    );
    const concernsRevisions = names.some((name) => /^src\/schema\/|^drizzle\/.*(?:sql|json)$/.test(name));
    work = afterThat(work, async () => {
      // Why it failed is what the Worker says too.
      const stale = () => ["/openapi.json and /docs stay as they are until that is corrected"];
      if (concernsRoutes) say(await makeAssets(project.folder, signal).catch(stale));
      if (concernsRevisions) await sayNotices();
    });
  });
  defer(stop);
  return () => new Promise((resolve) => void waiting.push(resolve));
}

async function afterThat(earlier: Promise<void>, work: () => Promise<void>): Promise<void> {
  await earlier;
  await work();
}

/** Whether the Worker answers before it ends. */
function answers(worker: WorkerProcess): Promise<boolean> {
  return worker.ready(Infinity).then(
    () => true,
    () => false,
  );
}

/**
 * Runs the Worker. wrangler survives a file that cannot be read, and ends at one that throws: then it is started again at
 * the next save.
 *
 * @throws {DevError} `WORKER_ENDED` if a signal ended it.
 */
async function keepWorkerRunning(
  session: Session,
  envFile: string,
  nextSave: NextSave,
  announceOnce: () => void,
): Promise<never> {
  let isAnnounced = false;
  let worker: WorkerProcess | undefined;
  session.defer(() => worker?.stop());
  for (;;) {
    const saved = nextSave();
    worker = runWorker(session, envFile);
    if (worker.identity !== undefined) session.lock.record(worker.identity);
    void answers(worker).then((isReady) => {
      if (isReady && !isAnnounced) announceOnce();
      isAnnounced ||= isReady;
      return isReady;
    });
    const how = await worker.exited;
    if (worker.wasKilled()) throw workerEnded(how);
    await worker.stop();
    session.print("Correct it and save: the Worker starts again");
    await saved;
  }
}

async function startDatabase(project: Project, defer: Defer): Promise<UsedServer> {
  const server = await ensureLocalServer(project.stateFolder, { lifetime: "service" });
  defer(() => server.stop());
  return server;
}

async function refuseTakenPort(port: number, project: Project): Promise<void> {
  if (await isPortFree(port)) return;
  throw new DevError(
    "PORT_TAKEN",
    `Port ${port} is taken by another program: stop it, or take another port, such as ` +
      commandOf(project, `npm run dev -- --port ${port === 65_535 ? 8787 : port + 1}`),
  );
}

function runWorker({ project, variables, host, port, print }: Session, envFile: string): WorkerProcess {
  const { folder: projectFolder, stateFolder } = project;
  const output = createWorkerOutput(print, createFrameMapper(projectFolder));
  return startWorker({ projectFolder, stateFolder, envFile, host, port, output, environment: variables });
}

function serverEnd(server: UsedServer | undefined): Promise<never> {
  if (server === undefined) return new Promise(() => undefined);
  return server.exited.then(({ code, signal }) => {
    const how = signal ?? `exit code ${code}`;
    throw new DevError(
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
function announce({ print, project }: Session, url: string, database: DatabaseConfig): void {
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
  print(`Accounts to log in with: ${commandOf(project, "npm run db:seed")}`);
  print(`An admin: ${commandOf(project, "npm run user -- create --email grace@example.com --role admin")}`);
  print("");
}
