// An app with the session on every route, and requests to it as the runtime sends them.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";

import type { Database } from "../../../src/database/drizzle.ts";
import type { Session } from "../../../src/database/session.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { databaseSession } from "../../../src/worker/middleware/database-session.ts";
import { requestId } from "../../../src/worker/middleware/request-id.ts";
import { requestLog } from "../../../src/worker/middleware/request-log.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { problemResponse } from "../../../src/worker/problem.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { createTables, patient } from "../../support/sessions.ts";

export const select = sql`SELECT 1 AS one`;

export const add = (db: Database, name: string) => db.run(sql`INSERT INTO pairs (name) VALUES (${name})`);

/** What a test file works with: filled before its first test. */
export interface Stage {
  database: TestDatabase;
  proxy: TestProxy;
  /** What was logged since the test began. */
  lines: string[];
}

/** Gives a test file a database of its own, and each test an empty log. */
export function useStage(): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.database = await createDatabase();
    await createTables(stage.database.url);
    stage.proxy = await stage.database.proxy();
  });
  afterAll(() => stage.database.stop());
  beforeEach(async () => {
    await stage.proxy.clearFaults();
    await stage.proxy.clearRecord();
    stage.lines = [];
    // On a busy machine any statement may be slow.
    const isOfRequest = (line: string) => !line.includes('"message":"slow statement"');
    vi.spyOn(console, "log").mockImplementation((line: string) => {
      if (isOfRequest(line)) stage.lines.push(line);
    });
  });
  afterEach(() => vi.restoreAllMocks());
  return stage;
}

export interface Seen {
  readonly sessions: Session[];
}

/** An app with the session on every route; `seen` collects the sessions of its requests. */
export function createApp(define: (app: Hono<AppEnv>) => void): { app: Hono<AppEnv>; seen: Seen } {
  const seen: Seen = { sessions: [] };
  const app = new Hono<AppEnv>();
  app.onError(problemResponse);
  app.use(requestId(runtimePorts), requestLog(runtimePorts), databaseSession(), async (c, next) => {
    seen.sessions.push(c.var.session);
    await next();
  });
  define(app);
  return { app, seen };
}

/** Sends a request as the runtime does: the response first, then what `waitUntil` was given. */
export async function send(
  stage: Stage,
  app: Hono<AppEnv>,
  path: string,
  init: RequestInit = {},
  variables: Record<string, string> = {},
) {
  const context = createExecutionContext();
  const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url, ...patient, ...variables };
  const response = await app.request(path, init, env, context);
  return { response, finished: () => waitOnExecutionContext(context) };
}
