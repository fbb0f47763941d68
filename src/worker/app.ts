// Puts the Worker together: which middleware sees a request in which order, and which routes there are.
// The small router: with a handful of routes it costs nothing, and it is 2 kB less to load.
import { Hono } from "hono/tiny";
import { secureHeaders } from "hono/secure-headers";
import { answerUnmatched } from "./allowed-methods.ts";
import type { AppEnv } from "./env.ts";
import { admission } from "./middleware/admission.ts";
import { configuredCors } from "./middleware/configured-cors.ts";
import { noStore } from "./middleware/no-store.ts";
import { requestId } from "./middleware/request-id.ts";
import { requestLog } from "./middleware/request-log.ts";
import { serverTiming } from "./middleware/server-timing.ts";
import { thrownValue } from "./middleware/thrown-value.ts";
import { runtimePorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { problemResponse } from "./problem.ts";
import { healthRoutes } from "./routes/health.ts";
import { userRoutes } from "./routes/users.ts";

/** The whole service. It keeps nothing between requests, so one for each isolate or test will do. */
export function createApp(ports: Ports = runtimePorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(problemResponse);
  app.notFound((c) => answerUnmatched(app, c));
  app.use(requestId(ports), requestLog(ports), thrownValue, serverTiming, secureHeaders(), noStore);
  app.use(configuredCors, admission);
  app.route("/", healthRoutes());
  app.route("/users", userRoutes(ports));
  return app;
}
