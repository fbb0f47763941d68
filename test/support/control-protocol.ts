// What a test may ask of the control server. Types only: tests in workerd use them too.
import type { FaultRule, ProxyRecord } from "./faults.ts";

/** Which database a test gets: a server process of its own, over an empty folder of its own. */
export interface DatabaseOptions {
  /** Applies every revision in `drizzle/`. */
  readonly migrated?: boolean;
  /** Refuses requests without a token; the tokens come back with the database. */
  readonly auth?: boolean;
  /** More arguments for the server. */
  readonly serverArguments?: readonly string[];
}

/** Tokens for a database with `auth`, signed for it alone. */
export interface DatabaseTokens {
  readonly readWrite: string;
  readonly readOnly: string;
  /** Over since an hour, which is more than the server's leeway of 60 s. */
  readonly expired: string;
  /** Good, and for a database of another name. */
  readonly otherDatabase: string;
}

/** A database that was created. `tokens` are there if it was created with `auth`. */
export interface CreatedDatabase {
  readonly id: string;
  readonly url: string;
  readonly tokens: DatabaseTokens | undefined;
}

/** The server's own count of what it holds open, for leaks that a client cannot see. */
export interface DatabaseStats {
  /** Streams that are open, each with a connection to the database file. */
  readonly openStreams: number;
  readonly connections: number;
}

/** A proxy that was put in front of a database. */
export interface CreatedProxy {
  readonly id: string;
  readonly url: string;
}

interface Named {
  readonly id: string;
}

/** Every request to the control server: `POST /<name>` with the input as JSON, answered with JSON. */
export interface ControlMethods {
  createDatabase(input: DatabaseOptions): Promise<CreatedDatabase>;
  /** Ends the server with SIGKILL: a crash. */
  killDatabase(input: Named): Promise<null>;
  /** Starts a stopped or killed server again on the same port and folder. */
  restartDatabase(input: Named): Promise<null>;
  /** Ends the server and its proxies, and removes its folder. */
  stopDatabase(input: Named): Promise<null>;
  databaseStats(input: Named): Promise<DatabaseStats>;
  createProxy(input: Named): Promise<CreatedProxy>;
  setFaults(input: Named & { readonly rules: readonly FaultRule[] }): Promise<null>;
  /** Closes the listening socket, so that connections are refused, or opens it again. */
  setListening(input: Named & { readonly listening: boolean }): Promise<null>;
  readRecord(input: Named): Promise<ProxyRecord>;
  clearRecord(input: Named): Promise<null>;
}

/** `quick` is for every change, `long` runs the full counts of the issue. */
export type Tier = "quick" | "long";

declare module "vitest" {
  interface ProvidedContext {
    controlUrl: string;
    tier: Tier;
    seed: number;
  }
}
