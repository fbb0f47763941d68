// One smoke test from its first check to its clean-up, which runs however the checks end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@libsql/client/http";
import { type Defer, withCleanUp } from "../clean-up.ts";
import { accountChecks, removeAccount } from "./account-checks.ts";
import type { SmokeTarget } from "./arguments.ts";
import { type CheckGroup, type CheckResult, NotChecked, runChecks } from "./check.ts";
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
  return withCleanUp(async (defer) => {
    const prefix = createPrefix(options.nowSeconds);
    const client = target.database === undefined ? undefined : openClient(target.database);
    defer(() => client?.close());
    const groups = await chooseGroups(target, { prefix, client, defer, nowSeconds: options.nowSeconds });
    const results = await runChecks([...groups, untried(target)], options);
    if (client === undefined) return results;
    // Not stopped by anything: it is what the next run would have to do otherwise.
    const never = new AbortController().signal;
    const cleanUp = [cleanUpGroup(target, prefix, client)];
    return [...results, ...(await runChecks(cleanUp, { ...options, stopped: never }))];
  });
}

interface Means {
  readonly prefix: string;
  readonly client: Client | undefined;
  readonly defer: Defer;
  readonly nowSeconds: number;
}

async function chooseGroups(
  { origin, database, accounts }: SmokeTarget,
  { prefix, client, defer, nowSeconds }: Means,
): Promise<readonly CheckGroup[]> {
  const worker = origin === undefined ? [] : [workerChecks(origin)];
  if (database === undefined || client === undefined) return worker;
  const folder = await mkdtemp(join(tmpdir(), "eaves-smoke-"));
  defer(() => rm(folder, { recursive: true, force: true }));
  return [
    ...worker,
    leftovers(client, nowSeconds),
    sessionChecks(new Ground(prefix, database)),
    migrationChecks({ prefix, config: database, folder, client }),
    ...(accounts && origin !== undefined ? [accountChecks({ origin, prefix, client })] : []),
  ];
}

/** A run that was killed could not clean up. */
function leftovers(client: Client, nowSeconds: number): CheckGroup {
  const run = async () => {
    const stale = (await listTables(client)).filter((name) => isStale(name, nowSeconds));
    await dropTables(client, stale);
    return stale.length === 0 ? "none" : `removed ${stale.join(", ")}`;
  };
  const checks = [{ name: "tables that a run of an hour ago and more has left", run }];
  return { title: "before", checks, isChain: false };
}

function cleanUpGroup({ origin, accounts }: SmokeTarget, prefix: string, client: Client): CheckGroup {
  const tables = async () => `${await removeTables(client, prefix)} tables of ${prefix} removed`;
  const account = async () => {
    await removeAccount({ origin: origin ?? "", prefix, client });
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
