// Answers what no route matched: which methods the address takes is read from the routes themselves.
import type { Context, Hono } from "hono";
import type { AppEnv } from "./env.ts";
import { RequestError } from "./request-error.ts";

type Router = Hono<AppEnv>["router"];

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * For `app.notFound`: 204 for OPTIONS on an address that has routes; otherwise it throws.
 *
 * @throws {RequestError} `METHOD_NOT_ALLOWED` with `Allow`, or `ROUTE_NOT_FOUND`.
 */
export function answerUnmatched(router: Router, c: Context<AppEnv>): Response {
  const allowed = allowedMethods(router, c.req.path);
  if (allowed.length === 0) throw new RequestError("ROUTE_NOT_FOUND", "No route has this address");
  const allow = allowed.join(", ");
  if (c.req.method === "OPTIONS") return c.body(null, 204, { Allow: allow });
  throw new RequestError("METHOD_NOT_ALLOWED", `This address takes ${allow}`, { headers: { Allow: allow } });
}

function allowedMethods(router: Router, path: string): readonly string[] {
  const routed = methods.filter((method) => {
    const [matches] = router.match(method, path);
    // Middleware is registered for every method, and is no route.
    return matches.some(([[, route]]) => route.method === method);
  });
  if (routed.length === 0) return [];
  // Hono answers HEAD wherever it answers GET, and OPTIONS is answered here.
  return [...routed.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"];
}
