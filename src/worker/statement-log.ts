// Logs statements: slow ones in every environment, all of them if DATABASE_LOG says so. The text only, never a parameter.
import type { ResultSet } from "@libsql/client/http";
import type { DatabaseClient } from "../database/client.ts";
import type { EnginePorts, Statement } from "../database/session-core.ts";

/** From how many milliseconds on a statement is slow. */
const slowMs = 500;

/** What logs statements. */
export interface StatementLog {
  readonly log: (line: string) => void;
  /** Whether all are logged. Default: only slow ones. */
  readonly all: boolean;
}

/** The ports with a client whose statements are logged: one line for each round trip. */
export function withStatementLog(ports: EnginePorts, { log, all }: StatementLog): EnginePorts {
  const observe = async (
    requestId: string,
    statements: readonly Statement[],
    run: () => Promise<ResultSet[]>,
  ): Promise<ResultSet[]> => {
    const began = ports.now();
    let rows: number | undefined;
    try {
      const results = await run();
      rows = results.reduce((sum, result) => sum + result.rows.length, 0);
      return results;
    } finally {
      const milliseconds = Math.round(ports.now() - began);
      if (all || milliseconds >= slowMs) {
        const sql = statements.map((statement) => statement.sql).join("; ");
        const message = milliseconds >= slowMs ? "slow statement" : "statement";
        log(JSON.stringify({ requestId, message, milliseconds, rows, sql }));
      }
    }
  };
  const createClient: EnginePorts["createClient"] = (host): DatabaseClient => {
    const client = ports.createClient(host);
    const { requestId } = host;
    return {
      ...client,
      run: (statements, ...how) => observe(requestId, statements, () => client.run(statements, ...how)),
      transaction(mode) {
        const transaction = client.transaction(mode);
        return {
          run: (statements, limitMs) =>
            observe(requestId, statements, () => transaction.run(statements, limitMs)),
          commit: (limitMs) => transaction.commit(limitMs),
          rollback: (limitMs) => transaction.rollback(limitMs),
          abort: () => transaction.abort(),
          close: () => transaction.close(),
        };
      },
    };
  };
  return { ...ports, createClient };
}
