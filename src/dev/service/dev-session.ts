// `npm run dev` as one piece of work: database, revisions, static files, Worker, until something ends it.
// Prints through `print` only; takes down whatever it started, in every case.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { ensureLocalServer, type UsedServer } from "../../migrate/server/local-server.ts";
import { isPortFree } from "../../migrate/server/ports.ts";
import { makeAssets } from "./api-assets.ts";
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
import { applyRevisions } from "../command/revisions.ts";

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
 * @throws {DevError | SqldError | ConfigError} if it cannot start, or a part of it ends by itself.
 */
export async function runDevSession(options: DevOptions): Promise<void> {
  const { project, host, stopped } = options;
  const port = parsePort(options.variables);
  const own = parseOwnDatabase(options.variables, project);
  const lock = await takeDevLock(project.stateFolder, `http://localhost:${port}`);
  await withCleanUp(async (defer) => {
    defer(() => lock.release());
    if (!(await isPortFree(port))) {
      const other = commandOf(project, `npm run dev -- --port ${port === 65_535 ? 8787 : port + 1}`);
      const message = `Port ${port} is taken by another program: stop it, or take another port, such as ${other}`;
      throw new DevError("PORT_TAKEN", message);
    }
    const variables = withTokenSecrets(options.variables, project.stateFolder);
    const ended = new AbortController();
    defer(() => ended.abort());
    // They take a while and need nothing else, so that they are made while the database starts.
    const assets = makeAssets(project.folder, ended.signal);
    assets.catch(() => undefined);
    const server =
      own === undefined ? await ensureLocalServer(project.stateFolder, { lifetime: "service" }) : undefined;
    defer(() => server?.stop());
    const database = own ?? databaseOf({ ...variables, DATABASE_URL: server?.url }, project);
    const isLocal = own === undefined;
    const session: Session = {
      ...options,
      variables,
      port,
      lock,
      defer,
      database,
      isLocal,
      signal: ended.signal,
    };
    const failed = failAtEnd(server);
    failed.catch(() => undefined);
    const prepared = prepare(session, assets);
    if (await Promise.race([stopped.then(() => true), failed, prepared.then(() => false)])) return;
    const envFile = join(project.stateFolder, "worker.env");
    defer(() => rmSync(envFile, { force: true }));
    writeEnvFile(envFile, workerVariablesFor(database, variables));
    const { promise: started, resolve: isStarted } = Promise.withResolvers<void>();
    void started.then(() => announce(session, urlOf({ host, port })));
    const running = keepWorkerRunning(session, envFile, watchForSaves(session, started), isStarted);
    running.catch(() => undefined);
    await Promise.race([stopped, failed, running]);
  });
}

/** What a session has once its database runs. */
interface Session extends DevOptions {
  readonly port: number;
  readonly lock: DevLock;
  readonly defer: Defer;
  readonly database: DatabaseConfig;
  /** Whether it is that of the local server, which may be emptied. */
  readonly isLocal: boolean;
  /** Ends what is still being made when the session ends. */
  readonly signal: AbortSignal;
}

/** Applies what is pending, and says what a developer should know before the Worker starts. */
async function prepare(
  { project, print, database, isLocal }: Session,
  assets: Promise<readonly string[]>,
): Promise<void> {
  try {
    await applyRevisions(database, join(project.folder, "drizzle"), print);
  } catch (error) {
    if (!(error instanceof DevError) || !isLocal) throw error;
    const reset = commandOf(project, "npm run db:reset");
    throw new DevError(
      error.code,
      `${error.message}. After a switch of branches, \`${reset}\` empties the local database and applies the revisions of this one`,
      { cause: error },
    );
  }
  for (const warning of await assets) print(warning);
}

/** Keeps /openapi.json and the notices of revisions fresh at each save. @returns what resolves at the next save. */
function watchForSaves(
  { project, print, defer, database, signal }: Session,
  started: Promise<void>,
): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let said = "";
  const sayOnce = (lines: readonly string[]): void => {
    if (lines.join() !== said) for (const line of lines) print(line);
    said = lines.join();
  };
  const sayNotices = async (): Promise<void> => {
    for (const notice of await findRevisionNotices(project, database)) print(notice);
  };
  const follow = async (names: readonly string[]): Promise<void> => {
    const isOfRoutes = (name: string) => name.startsWith("src/") && !/^src\/(?:dev|migrate)\//.test(name);
    // Why it failed is what the Worker says too.
    const stale = () => ["/openapi.json and /docs stay as they are until that is corrected"];
    if (names.some(isOfRoutes)) sayOnce(await makeAssets(project.folder, signal).catch(stale));
    if (names.some((name) => /^src\/schema\/|^drizzle\/.*(?:sql|json)$/.test(name))) await sayNotices();
  };
  let work = Promise.resolve();
  const queue = (task: () => Promise<void>) => void (work = work.then(task));
  // Not before the Worker answers: they take as much of the processor as its start does.
  void started.then(() => queue(sayNotices));
  const stop = watchSources(project.folder, (files) => {
    for (const resolve of waiting.splice(0)) resolve();
    queue(() => follow([...files]));
  });
  defer(stop);
  return () => new Promise((resolve) => void waiting.push(resolve));
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
  nextSave: () => Promise<void>,
  isStarted: () => void,
): Promise<never> {
  const { project, variables, host, port, print, lock, defer } = session;
  const { folder: projectFolder, stateFolder } = project;
  let worker: WorkerProcess | undefined;
  defer(() => worker?.stop());
  for (;;) {
    const saved = nextSave();
    const output = createWorkerOutput(print, createFrameMapper(projectFolder));
    worker = startWorker({ projectFolder, stateFolder, envFile, host, port, output, environment: variables });
    if (worker.identity !== undefined) lock.record(worker.identity);
    worker.ready(Infinity).then(isStarted, () => undefined);
    const how = await worker.exited;
    if (worker.wasKilled()) throw workerEnded(how);
    await worker.stop();
    print("Correct it and save: the Worker starts again");
    await saved;
  }
}

/** @throws {DevError} when the server ends. */
async function failAtEnd(server: UsedServer | undefined): Promise<never> {
  const { code, signal } = await (server?.exited ?? new Promise<never>(() => undefined));
  const how = signal ?? `exit code ${code}`;
  throw new DevError(
    "SERVER_ENDED",
    `The local libSQL server ended by itself (${how}): run npm run dev again`,
  );
}

/** The lines below "Try it" are for sh and curl, one after the other; a test runs them as they are printed. */
function announce({ print, project, database }: Session, url: string): void {
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
