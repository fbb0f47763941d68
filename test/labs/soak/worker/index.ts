// The Worker under load: the service as it is deployed, and beside it `/soak` with the same middleware.
import { Hono } from "hono";
import { createApp } from "../../../../src/worker/app.ts";
import type { AppEnv, Bindings } from "../../../../src/worker/env.ts";
import { databaseSession } from "../../../../src/worker/middleware/database-session.ts";
import { requestId } from "../../../../src/worker/middleware/request-id.ts";
import { requestLog } from "../../../../src/worker/middleware/request-log.ts";
import { sessionLeaks } from "../../../../src/worker/middleware/session-leaks.ts";
import { runtimePorts } from "../../../../src/worker/ports.ts";
import { problemResponse } from "../../../../src/worker/problem.ts";
import { plantedPath } from "./planted-routes.ts";
import { loadRoutes } from "./routes.ts";
import type { Vitals } from "./vitals.ts";

let unhandledRejections = 0;
addEventListener("unhandledrejection", () => {
  unhandledRejections += 1;
});

const service = createApp();
const load = new Hono<AppEnv>();
load.onError(problemResponse);
load.get("/soak/vitals", (c) =>
  c.json({ leakedSessions: sessionLeaks.count, unhandledRejections } satisfies Vitals),
);
load.use(requestId(runtimePorts), requestLog(runtimePorts));
load.use("/soak/*", databaseSession());
load.route("/soak", loadRoutes());

export default {
  fetch(request, env, context) {
    const url = new URL(request.url);
    const app = url.pathname.startsWith("/soak/") ? load : service;
    const path = plantedPath(url.pathname, env);
    return app.fetch(path === url.pathname ? request : new Request(new URL(path, url)), env, context);
  },
} satisfies ExportedHandler<Bindings>;
