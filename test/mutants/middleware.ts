// Ways to break the session of a request: its middleware, streams and background work.
// A find text that no longer fits the code is reported before any test runs.
import type { Mutant } from "./runner.ts";
import { inFile, tests } from "./targets.ts";

/** Ways to break the session of a request: its middleware, streams and background work. */
export const middlewareMutants: readonly Mutant[] = [
  ...inFile("src/worker/middleware/database-session.ts", [
    ["S3", "if (owned !== undefined) {", "if (false) {", [tests.middleware]],
    ["S17", "if (options.mode !== undefined) owned.setMode(options.mode);", "", [tests.middleware]],
    ["S17", "mode = defaultMode(c.req.method)", 'mode = "write"', [tests.middleware]],
    [
      "S17",
      'method === "GET" || method === "HEAD" ? "read" : "write"',
      'method === "GET" ? "read" : "write"',
      [tests.middleware, tests.edges],
    ],
    ["S7", "      await closeNow(c, session);\n      throw error;", "      throw error;", [tests.middleware]],
    ["S6", "    else await closeNow(c, session);\n", "", [tests.middleware]],
    [
      "S11",
      "if (isStreaming()) await closeAfterBody(c, session);",
      "if (false) await closeAfterBody(c, session);",
      [tests.streaming],
    ],
    ["S9", 'if (!isKept) await keepAlive(c, session.closed, "streaming");', "", [tests.hangUp]],
    [
      "S12",
      "for (let turn = 0; turn < handlerMicrotasks && !c.finalized; turn++) await Promise.resolve();",
      "",
      [tests.streaming],
    ],
    ["S12", "if (c.finalized && isStreaming()) session.beginStreaming();", "", [tests.streaming]],
    [
      "S11",
      "async function closeAfterBody(c: Context<AppEnv>, session: Session): Promise<void> {\n  session.beginStreaming();",
      "async function closeAfterBody(c: Context<AppEnv>, session: Session): Promise<void> {",
      [tests.streaming, tests.edges],
    ],
    [
      "S11",
      'c.res.body === null || c.req.method === "HEAD"',
      "c.res.body === null",
      [tests.streaming, tests.edges],
    ],
    ["S8", "await keepAlive(c, closing);", "await closing;", [tests.middleware]],
    ["S8", "await keepAlive(c, closing);", "", [tests.middleware]],
    ["S24", "  watchForLeak(session, runtimePorts.log);\n  await", "  await", [tests.middleware]],
    [
      "S24",
      "    watchForLeak(session, runtimePorts.log);\n    return session.close();",
      "    return session.close();",
      [tests.middleware],
    ],
    ["S11", "    return session.close();", "    return undefined;", [tests.streaming]],
  ]),
  ...inFile("src/worker/middleware/response-body.ts", [
    [
      "S12",
      "if (parameters[0] instanceof ReadableStream) onStream();\n      else if",
      "if",
      [tests.streaming],
    ],
    [
      "S11",
      "if (response instanceof Response) whole.push(response);",
      "if (response instanceof Response) {}",
      [tests.responseBody],
    ],
    ["S11", "c.error === undefined && c.res.body", "c.res.body", [tests.responseBody]],
    [
      "S11",
      "c.res.body !== null && !whole.includes(c.res)",
      "!whole.includes(c.res)",
      [tests.middleware, tests.streaming],
    ],
    [
      "S11",
      "          end();\n          return controller.close();",
      "          return controller.close();",
      [tests.streaming],
    ],
    [
      "S11",
      "          end();\n          return controller.error(error);",
      "          return controller.error(error);",
      [tests.streaming, tests.responseBody],
    ],
    [
      "S11",
      "        end();\n        return reader.cancel(reason);",
      "        return reader.cancel(reason);",
      [tests.streaming, tests.responseBody],
    ],
    [
      "S11",
      "return reader.cancel(reason);",
      "return Promise.resolve();",
      [tests.responseBody, tests.streaming],
    ],
    ["S11", "{ highWaterMark: 0 }", "{ highWaterMark: 64 }", [tests.streaming]],
  ]),
  ...inFile("src/worker/middleware/session-leaks.ts", [
    ["S24", "const graceMs = 2_250;", "const graceMs = 10;", [tests.middleware]],
    ["S24", "sessionLeaks.count += 1;", "", [tests.middleware]],
    ["S24", "void session.closed.then(() => clearTimeout(timer));", "", [tests.middleware]],
  ]),
  ...inFile("src/worker/middleware/background.ts", [
    [
      "S8",
      "if (context !== undefined) context.waitUntil(work);",
      "if (context !== undefined) {}",
      [tests.middleware],
    ],
    ["S8", "if (context !== undefined) context.waitUntil(work);\n  else if", "if", [tests.middleware]],
    ["S8", 'else if (kind === "closing") await work;', "", [tests.middleware]],
    [
      "S8",
      "  try {\n    return c.executionCtx;\n  } catch {\n    return undefined;\n  }",
      "  return c.executionCtx;",
      [tests.middleware],
    ],
  ]),
];
