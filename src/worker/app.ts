// Puts the Worker together: which middleware sees a request in which order, and which routes there are.
// The small router: with a handful of routes it costs nothing, and it is 2 kB less to load.
import { Hono } from "hono/tiny";
import { secureHeaders } from "hono/secure-headers";
import { accessOf, isEndpoint } from "./access.ts";
import { answerUnmatched } from "./allowed-methods.ts";
import type { AppEnv } from "./env.ts";
import { admission } from "./middleware/admission.ts";
import { authorization } from "./middleware/authorization.ts";
import { configuredCors } from "./middleware/configured-cors.ts";
import { databaseSession } from "./middleware/database-session.ts";
import { noStore } from "./middleware/no-store.ts";
import { requestId } from "./middleware/request-id.ts";
import { requestLog } from "./middleware/request-log.ts";
import { serverTiming } from "./middleware/server-timing.ts";
import { thrownValue } from "./middleware/thrown-value.ts";
import { runtimePorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { problemResponse } from "./problem.ts";
import { authRoutes } from "./routes/auth.ts";
import { healthRoutes } from "./routes/health.ts";
import { ownUserRoutes } from "./routes/own-user.ts";
import { userRoutes } from "./routes/users.ts";

/**
 * The whole service. It keeps nothing between requests, so one for each isolate or test will do.
 *
 * @throws {TypeError} where a route is not in the table of access.ts: nothing is served by oversight.
 */
export function createApp(ports: Ports = runtimePorts) {
  const app = new Hono<AppEnv>();
  app.onError(problemResponse);
  app.notFound((c) => answerUnmatched(app.router, c));
  app.use(requestId(ports), requestLog(ports), thrownValue, serverTiming, secureHeaders(), noStore);
  app.use(configuredCors, admission, authorization(ports));
  app.use("/auth/*", databaseSession());
  app.use("/users/*", databaseSession());
  const routed = app
    .route("/", healthRoutes())
    .route("/auth", authRoutes(ports))
    // Before the accounts by id: of two routes that match, the first one answers.
    .route("/users/me", ownUserRoutes(ports))
    .route("/users", userRoutes(ports));
  routed.routes.filter(isEndpoint).forEach(accessOf);
  return routed;
}

/** The service as `hc` of `hono/client` wants it: `hc<App>("https://…")`. */
export type App = ReturnType<typeof createApp>;
