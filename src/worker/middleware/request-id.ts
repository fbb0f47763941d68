// Gives each request an id that the caller, the log and the error share.
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";
import type { Ports } from "../ports.ts";

const header = "X-Request-Id";

/** Takes over the caller's `X-Request-Id` if it is 8 to 64 letters, digits, `_` or `-`; else makes one. */
export function requestId({ newId }: Pick<Ports, "newId">): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const given = c.req.header(header) ?? "";
    const id = /^[\w-]{8,64}$/.test(given) ? given : newId();
    c.set("requestId", id);
    // Before: Hono copies a response whose headers are set behind it. But it has no say in one that is not made by it.
    c.header(header, id);
    await next();
    if (!c.res.headers.has(header)) c.header(header, id);
  };
}
