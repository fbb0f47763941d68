// The same routes with the session of Eaves, and its answers to errors.
import { Hono } from "hono";
import type { AppEnv } from "../../../../src/worker/env.ts";
import { databaseSession } from "../../../../src/worker/middleware/database-session.ts";
import { requestId } from "../../../../src/worker/middleware/request-id.ts";
import { requestLog } from "../../../../src/worker/middleware/request-log.ts";
import { runtimePorts } from "../../../../src/worker/ports.ts";
import { problemResponse } from "../../../../src/worker/problem.ts";
import { addRoutes } from "./routes.ts";

const app = new Hono<AppEnv>();
app.get("/health", (c) => c.text("ok"));
app.use(requestId(runtimePorts), requestLog(runtimePorts), databaseSession());
addRoutes(app);
app.onError(problemResponse);

export default app;
