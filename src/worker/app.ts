// Puts the Worker together: which middleware sees a request in which order, and which routes there are.
// The small router: with a handful of routes it costs nothing, and it is 2 kB less to load.
import { Hono } from "hono/tiny";
import { HashTurns } from "../auth/hash-turns.ts";
import { isAnswerAwaited } from "../database/requests.ts";
import { answerUnmatched } from "./allowed-methods.ts";
import type { AppEnv } from "./env.ts";
import { access } from "./middleware/access.ts";
import { configuredCors } from "./middleware/configured-cors.ts";
import { databaseSession } from "./middleware/database-session.ts";
import { requestId } from "./middleware/request-id.ts";
import { requestLog } from "./middleware/request-log.ts";
import { responseHeaders } from "./middleware/response-headers.ts";
import { runtimePorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { problemResponse } from "./problem.ts";
import { declaredRoutes } from "./route.ts";
import { authRoutes } from "./routes/auth.ts";
import { healthRoutes } from "./routes/health.ts";
import { ownUserRoutes } from "./routes/own-user.ts";
import { signUpRoutes } from "./routes/sign-up.ts";
import { userRoutes } from "./routes/users.ts";

/**
 * The whole service. Between requests it keeps the turns of password hashes, which one isolate shares, and whether the
 * token of the database may write.
 *
 * @throws {TypeError} for a route without a declaration: nothing is served by oversight.
 */
export function createApp(ports: Ports = runtimePorts) {
  const app = new Hono<AppEnv>();
  const hashTurns = new HashTurns({ now: ports.now, isAnswerAwaited });
  const context = { ...ports, hashTurns };
  app.onError(problemResponse);
  app.notFound((c) => answerUnmatched(app.router, c));
  app.use(requestId(ports), requestLog(ports), responseHeaders, configuredCors);
  app.use(access(ports), databaseSession());
  const routed = app
    .route("/", healthRoutes(context))
    .route("/", authRoutes(context))
    .route("/", signUpRoutes(context))
    // Before the accounts by id: of two routes that match, the first one answers.
    .route("/", ownUserRoutes(context))
    .route("/", userRoutes(context));
  declaredRoutes(routed.routes);
  return routed;
}

/** The service as `hc` of `hono/client` wants it: `hc<App>("https://…")`. */
export type App = ReturnType<typeof createApp>;
