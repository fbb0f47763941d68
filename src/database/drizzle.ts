// Joins Drizzle to our runners of statements: errors reach the caller unwrapped, and transactions are ours.
import type { Client, ResultSet } from "@libsql/client/http";
import { TransactionRollbackError } from "drizzle-orm/errors";
import { LibSQLDatabase } from "drizzle-orm/libsql/driver-core";
import { LibSQLSession } from "drizzle-orm/libsql/session";
import type { LibSQLPreparedQuery } from "drizzle-orm/libsql/session";
import { createTableRelationsHelpers, extractTablesRelationalConfig } from "drizzle-orm/relations";
import type { ExtractTablesWithRelations } from "drizzle-orm/relations";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { PreparedQueryConfig } from "drizzle-orm/sqlite-core";
import * as tables from "../schema/index.ts";
import { NotOfferedError } from "./errors.ts";
import type { Statement, StatementRunner } from "./session-core.ts";
import type { TransactionOptions, TransactionScope } from "./transaction-scope.ts";

type Tables = typeof tables;
type Relations = ExtractTablesWithRelations<Tables>;
type Queries = Omit<LibSQLDatabase<Tables>, "transaction" | "$client" | "$cache" | "$withAuth">;

/** A Drizzle database in a transaction. Its own `transaction` is a savepoint. */
export interface Transaction extends Queries {
  /** Runs a nested transaction; its failure, caught outside, leaves this one usable. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** Ends the callback and takes back what it did, by throwing. */
  rollback(): never;
}

/** The Drizzle database of one session: queries, relational queries, `batch` and `transaction`. */
export interface Database extends Queries {
  /** Commits when `work` returns, rolls back when it throws or anything in it failed. */
  transaction<Result>(
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}

// Plain data about the tables, the same for every session: built once, not per request.
const dialect = new SQLiteAsyncDialect();
const extracted = extractTablesRelationalConfig<Relations>(tables, createTableRelationsHelpers);
const relationalSchema = {
  fullSchema: tables,
  schema: extracted.tables,
  tableNamesMap: extracted.tableNamesMap,
};

/**
 * Drizzle wraps every error in one whose message holds the parameters, password hashes included: here it does
 * not. The method is internal there and so not in its types; a test notices should it be renamed.
 */
const unwrapped = {
  queryWithCache: <Result>(_sql: string, _parameters: unknown[], query: () => Promise<Result>) => query(),
};

type PrepareParameters = Parameters<LibSQLSession<Tables, Relations>["prepareQuery"]>;
type PreparedTypes = Omit<PreparedQueryConfig, "statement" | "run">;

class RunnerSession extends LibSQLSession<Tables, Relations> {
  constructor(runner: StatementRunner) {
    // Drizzle calls only these two methods of its client; `transaction` is replaced below.
    const client = {
      execute: (statement: Statement) => runner.run([statement]).then(onlyResult),
      batch: (statements: readonly Statement[]) => runner.run(statements),
    };
    super(client as unknown as Client, dialect, relationalSchema, {}, undefined);
  }

  override prepareQuery<Types extends PreparedTypes>(
    ...parameters: PrepareParameters
  ): LibSQLPreparedQuery<Types> {
    const cacheConfig = parameters[6];
    if (cacheConfig?.enable === true)
      throw new NotOfferedError("A session has no query cache: leave out $withCache()");
    return Object.assign(super.prepareQuery<Types>(...parameters), unwrapped);
  }

  /** What `migrate()` of `drizzle-orm/libsql/migrator` calls. */
  override migrate(): never {
    throw new NotOfferedError("A session applies no migrations: run `npm run db:upgrade`");
  }
}

function onlyResult([result]: readonly ResultSet[]): ResultSet {
  if (result === undefined) throw new TypeError("A statement gave no result");
  return result;
}

/** Makes the Drizzle database of a session. */
export function createDatabase(
  runner: StatementRunner,
  transact: <Result>(
    work: (scope: TransactionScope) => Promise<Result>,
    options?: TransactionOptions,
  ) => Promise<Result>,
): Database {
  return Object.assign(createQueries(runner), {
    transaction: <Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions) =>
      transact((scope) => work(createTransaction(scope)), options),
  });
}

function createTransaction(scope: TransactionScope): Transaction {
  return Object.assign(createQueries(scope), {
    transaction: <Result>(work: (tx: Transaction) => Promise<Result>) =>
      scope.nest((nested) => work(createTransaction(nested))),
    rollback: (): never => {
      throw new TransactionRollbackError();
    },
  });
}

function createQueries(runner: StatementRunner): Queries {
  const session = new RunnerSession(runner);
  const queries: Queries = new LibSQLDatabase<Tables>("async", dialect, session, undefined);
  return Object.assign(queries, { query: new RelationalQueries(session) });
}

/** `db.query`, made at its first use: it is an object for each table, and most requests have none of it. */
class RelationalQueries {
  readonly #session: RunnerSession;
  #made: Queries["query"] | undefined;

  constructor(session: RunnerSession) {
    this.#session = session;
  }

  static {
    for (const name of Object.keys(extracted.tables) as (keyof Queries["query"])[]) {
      const get = function (this: RelationalQueries) {
        this.#made ??= new LibSQLDatabase<Tables>("async", dialect, this.#session, relationalSchema).query;
        return this.#made[name];
      };
      Object.defineProperty(RelationalQueries.prototype, name, { get });
    }
  }
}
