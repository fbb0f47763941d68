// What every command is given by whoever calls it: the command line, the development server, a test.
import type { DatabaseConfig } from "../../../database/config.ts";
import type { Questions } from "./questions.ts";

/** Where a command works, and what it may not know by itself. */
export interface Context {
  /** Absolute; files are named relative to it. */
  readonly projectFolder: string;
  /** Absolute path of the revisions, `drizzle/`. */
  readonly folder: string;
  /**
   * Stands in the names of the tool's own tables, for a second history in one database. Known to `upgrade`, `downgrade`,
   * `stamp` and `current`. Default: nothing.
   */
  readonly tablePrefix?: string;
  /** Where the database is. Called only by commands that need one, since it may have to be started first. */
  readonly database: () => Promise<DatabaseConfig>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 to 1, for waiting times. */
  readonly random: () => number;
  /** Gets one line at the beginning of each step that takes time. */
  readonly report: (step: string) => void;
}

/** What commands that run drizzle-kit need besides. */
export interface GenerateContext extends Context {
  /** The Node that runs drizzle-kit. */
  readonly nodePath: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What `--schema` said, in place of the configuration's. */
  readonly schema: string | undefined;
  /** Whether there is a database, without starting one; `check` does without if there is none. Default: there is. */
  readonly hasDatabase?: () => Promise<boolean>;
  /** Undefined without a terminal. */
  readonly questions: Questions | undefined;
}

/** Whether a command runs, stops after the plan, or gives the plan as a script. */
export type Mode = "execute" | "dry-run" | "sql";
