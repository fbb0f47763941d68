// One smoke test from its first check to its clean-up, which runs however the checks end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@libsql/client/http";
import type { DatabaseConfig } from "../../../src/database/config.ts";
import { type Defer, withCleanUp } from "../../../src/dev/command/clean-up.ts";
import { accountChecks, removeAccount } from "./account-checks.ts";
import type { SmokeTarget } from "./arguments.ts";
import { type CheckGroup, type CheckResult, NotChecked, runChecks, timed } from "./check.ts";
import { migrationChecks } from "./migration-checks.ts";
import { createPrefix, dropTables, isStale, listTables, openClient, removeTables } from "./own-tables.ts";
import { Ground, sessionChecks } from "./session-checks.ts";
import { workerChecks } from "./worker-checks.ts";

/** What a run needs from outside. */
export interface SmokeOptions {
  readonly stopped: AbortSignal;
  readonly onResult: (result: CheckResult) => void;
  /** Seconds since 1970. */
  readonly nowSeconds: number;
}

/** Tries what the target allows to try, and removes what it has made. Throws nothing of the checks. */
export function runSmoke(target: SmokeTarget, options: SmokeOptions): Promise<readonly CheckResult[]> {
  const { origin, database } = target;
  return withCleanUp(async (defer) => {
    const worker = origin === undefined ? [] : [workerChecks(origin)];
    const results = [...(await runChecks(worker, options))];
    if (database !== undefined) {
      const client = openClient(database);
      defer(() => client.close());
      const prefix = createPrefix(options.nowSeconds);
      results.push(...(await tryDatabase({ ...target, database, prefix, client, defer }, options)));
    }
    return [...results, ...(await runChecks([untried(target)], options))];
  });
}

interface DatabaseTarget extends SmokeTarget {
  readonly database: DatabaseConfig;
  readonly prefix: string;
  /** Looks at the database beside what is tried. */
  readonly client: Client;
  readonly defer: Defer;
}

async function tryDatabase(target: DatabaseTarget, options: SmokeOptions): Promise<readonly CheckResult[]> {
  const { client, database, prefix, defer } = target;
  const first = firstLook(client, database, options.nowSeconds);
  const before = await runChecks([first], options);
  // Where it does not answer every other check would only say so again, after its own deadline.
  if (before.some(({ outcome }) => outcome !== "pass")) {
    const name = "the session and the migrations";
    const run = () => Promise.reject(new NotChecked("the database did not answer as it should"));
    return [...before, ...(await runChecks([{ ...first, checks: [{ name, run }] }], options))];
  }
  const folder = await mkdtemp(join(tmpdir(), "eaves-smoke-"));
  defer(() => rm(folder, { recursive: true, force: true }));
  const { origin, accounts } = target;
  const groups = [
    sessionChecks(new Ground(prefix, database)),
    migrationChecks({ prefix, config: database, folder, client }),
    ...(accounts && origin !== undefined ? [accountChecks({ origin, prefix, client })] : []),
  ];
  const results = await runChecks(groups, options);
  // Stopped by nothing: the next run would have to do it otherwise.
  const stopped = new AbortController().signal;
  const cleanUp = await runChecks([cleanUpGroup(target)], { ...options, stopped });
  return [...before, ...results, ...cleanUp];
}

/** Also removes what a run has left that was killed. */
function firstLook(client: Client, { url }: DatabaseConfig, nowSeconds: number): CheckGroup {
  const run = async () => {
    const [tables, ms] = await timed(() => listTables(client));
    const stale = tables.filter((name) => isStale(name, nowSeconds));
    await dropTables(client, stale);
    return stale.length === 0 ? `${ms} ms` : `${ms} ms; removed ${stale.join(", ")}`;
  };
  const checks = [{ name: "answers; nothing is left of a run that was killed", run }];
  return { title: `the database at ${new URL(url).host}`, checks, isChain: false };
}

function cleanUpGroup({ accounts, prefix, client }: DatabaseTarget): CheckGroup {
  const tables = async () => `${await removeTables(client, prefix)} tables of ${prefix} removed`;
  const account = async () => {
    await removeAccount(client, prefix);
    return "nothing of it is left";
  };
  return {
    title: "clean-up",
    isChain: false,
    checks: [
      { name: "the tables of this run", run: tables },
      ...(accounts ? [{ name: "the account of this run", run: account }] : []),
    ],
  };
}

/** What nobody has tried, in words: a table without it would promise more than it holds. */
function untried({ origin, database, accounts }: SmokeTarget): CheckGroup {
  const because = (name: string, why: string) => ({ name, run: () => Promise.reject(new NotChecked(why)) });
  return {
    title: "not tried",
    isChain: false,
    checks: [
      ...(origin === undefined ? [because("the deployed Worker", "--url is not given")] : []),
      ...(database === undefined
        ? [because("the session and the migrations", "--database-url is not given")]
        : []),
      ...(accounts
        ? []
        : [because("sign-up, login and writes through the Worker", "--accounts is not given")]),
      because("the routes of administrators", "wants an administrator's password"),
      because(
        "answers that are lost, a server that dies",
        "wants a proxy in between: npm run soak does it here",
      ),
    ],
  };
}
