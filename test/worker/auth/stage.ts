// What the tests of logging in share: a database of the file's own, the service over it, and a clock they can turn.
import { afterAll, beforeAll } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { query } from "../routes/accounts.ts";
import { createService } from "../routes/service.ts";
import type { Answer, Service } from "../routes/service.ts";

/** Filled before the first test. */
export interface Stage {
  readonly database: TestDatabase;
  readonly service: Service;
  /** Another instance over the same database and clock, as after a deployment with other variables. */
  deploy(variables: Readonly<Record<string, unknown>>): Service;
  /** Turns the clock on. */
  pass(seconds: number): void;
  /** Unix time in seconds. */
  now(): number;
}

/** A stage for the file that calls it; its clock stands still until it is turned. */
export function useStage(): Stage {
  let database: TestDatabase | undefined;
  let service: Service | undefined;
  let now = 1_800_000_000;
  const deploy = (variables: Readonly<Record<string, unknown>>): Service =>
    createService({ DATABASE_URL: there(database).url, ...variables }, { unixTime: () => now });
  beforeAll(async () => {
    database = await createDatabase({ migrated: true });
    service = deploy({});
  });
  afterAll(() => database?.stop());
  return {
    get database() {
      return there(database);
    },
    get service() {
      return there(service);
    },
    deploy,
    pass(seconds) {
      now += seconds;
    },
    now: () => now,
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The stage is empty until beforeAll has run");
  return value;
}

/** What a caller can tell answers apart by, without what differs in any two of them. */
export function seen({ status, headers, text }: Answer): unknown {
  const id = headers.get("X-Request-Id") ?? "";
  return {
    status,
    headers: [...headers].filter(([name]) => name !== "x-request-id"),
    body: text.replace(id, "ID"),
  };
}

/** How often each status was answered. */
export function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The hash that is stored for an address. */
export async function storedHash(database: TestDatabase, email: string): Promise<string> {
  const [row] = await query(database, { sql: "SELECT password FROM users WHERE email = ?", args: [email] });
  return String(row?.["password"]);
}

/** How many logins an account has. */
export async function countLogins(database: TestDatabase, userId: number): Promise<number> {
  return (await query(database, { sql: "SELECT id FROM auth_sessions WHERE user_id = ?", args: [userId] }))
    .length;
}

/** The parts of a JWT, which anybody can read. */
export function readToken(token: string): {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
} {
  const [header = "", payload = ""] = token.split(".");
  return { header: readPart(header), payload: readPart(payload) };
}

function readPart(part: string): Record<string, unknown> {
  return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/"))) as Record<string, unknown>;
}
