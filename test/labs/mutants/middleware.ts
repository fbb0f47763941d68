// Ways to break the session of a request: its middleware, streams and background work.
// A find text that no longer fits the code is reported before any test runs.
import type { Mutant } from "./runner.ts";
import { inFile, tests } from "./targets.ts";

/** Ways to break the session of a request: its middleware, streams and background work. */
export const middlewareMutants: readonly Mutant[] = [
  ...inFile("src/worker/middleware/database-session.ts", [
    [
      "S3",
      "const session = owned ?? openSession(c, statementMs);",
      "const session = openSession(c, statementMs);",
      [tests.middleware],
    ],
    ["S17", "if (mode !== undefined) session.setMode(mode);", "", [tests.middleware]],
    ["S17", "mode: defaultMode(c.req.method)", 'mode: "write"', [tests.middleware]],
    [
      "S17",
      'method === "GET" || method === "HEAD" ? "read" : "write"',
      'method === "GET" ? "read" : "write"',
      [tests.middleware, tests.edges],
    ],
    [
      "S7",
      "      await closeNow(c, session);\n      throw failure.error;",
      "      throw failure.error;",
      [tests.middleware],
    ],
    ["S6", "    else await closeNow(c, session);\n", "", [tests.middleware]],
    [
      "S11",
      'if (c.get("isStreaming") && c.error === undefined) await closeAfterBody(c, session);',
      "if (false) await closeAfterBody(c, session);",
      [tests.streaming],
    ],
    ["S9", 'if (!isKept) void keepAlive(c, session.closed, "streaming");', "", [tests.hangUp]],
    ["S11", " && c.error === undefined) await closeAfterBody", ") await closeAfterBody", [tests.streaming]],
    ["S25", "if (stream === true) await session.checkCaller();", "", [tests.callerRoutes]],
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
  ...inFile("src/worker/middleware/database-session.ts", [
    ["S25", "if (objected !== undefined) withdraw(c);", "", [tests.callerRoutes]],
    [
      "S25",
      "const objected = await objection(c, session, thrown);",
      "const objected = undefined;",
      [tests.callerRoutes],
    ],
    ["S25", "session.report().opened && hasFailed", "hasFailed", [tests.callerRoutes]],
    [
      "S25",
      "thrown === undefined && c.error === undefined ? failed : undefined",
      "undefined",
      [tests.callerRoutes],
    ],
    [
      "S25",
      "thrown === undefined && c.error === undefined ? failed : undefined",
      "failed",
      [tests.callerRoutes],
    ],
    ["limit", 'c.error.code === "RATE_LIMITED"', "false", ["test/worker/auth/sign-in-limit.test.ts"]],
  ]),
  ...inFile("src/worker/middleware/response-body.ts", [
    ["S25", "  c.res = undefined;\n", "", [tests.callerRoutes]],
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
