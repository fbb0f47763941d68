// Lets in the callers that the route's declaration lets in. Nothing else looks at a token.
import type { Context, MiddlewareHandler } from "hono";
import { verifyAccessToken } from "../access-token.ts";
import { AuthError } from "../../auth/errors.ts";
import { ConfigError } from "../../database/config.ts";
import type { Statement } from "../../database/session-core.ts";
import type { Session } from "../../database/session.ts";
import { type Caller, findCaller } from "../../users/caller.ts";
import { isRole } from "../../users/roles.ts";
import { settingsOf, tokenContextOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import type { Ports } from "../ports.ts";
import { type Access, routeOf } from "../route.ts";
import { withdraw } from "./response-body.ts";

/** What the request's database session asks before anything else, and the answer if it finds nothing. */
export interface CallerCheck {
  readonly statement: Statement;
  readonly refusal: () => AuthError;
}

/**
 * Leaves the caller as `c.var.caller` on routes that are not for anyone. A request that no route answers is not found.
 * A configuration with faults serves no route but those that say so.
 */
export function access({ unixTime }: Pick<Ports, "unixTime">): MiddlewareHandler<AppEnv> {
  return async function access(c, next) {
    const route = routeOf(c);
    const { faults } = settingsOf(c);
    if (faults.length > 0 && route?.declaration.unconfigured !== true) throw new ConfigError(faults);
    // A handler for every method declares nothing, and is not served.
    if (route === undefined) return c.notFound();
    const caller = await admit(c, route.declaration.access, unixTime());
    await next();
    // Otherwise a disabled account would be served on a route that is registered before the session.
    const session: Session | undefined = c.get("session");
    if (caller !== undefined && session === undefined && c.error === undefined) {
      withdraw(c);
      throw new TypeError(`${route.path} has a caller and no databaseSession(), which asks for its account`);
    }
    return undefined;
  };
}

/** @throws {AuthError} if the caller may not call. @returns the caller, if there is one. */
async function admit(c: Context<AppEnv>, access: Access, now: number): Promise<Caller | undefined> {
  if (access === "anyone") return undefined;
  if (access === "optional" && c.req.header("Authorization") === undefined) return undefined;
  const caller = await readCaller(c, now);
  const least = access === "optional" ? "user" : access;
  if (least === "admin" && caller.role !== "admin")
    throw new AuthError("ROLE_REQUIRED", "Forbidden: requires the role admin");
  c.set("caller", caller);
  c.set("callerCheck", {
    statement: findCaller(caller.userId, least),
    refusal: least === "admin" ? roleLost : accountGone,
  });
  return caller;
}

/** The token outlived the account. */
function accountGone(): AuthError {
  return new AuthError("TOKEN_INVALID", "The account was deleted or disabled");
}

/** The token outlived the role. */
function roleLost(): AuthError {
  return new AuthError(
    "ROLE_REQUIRED",
    "Forbidden: the role was taken away, or the account was deleted or disabled",
  );
}

async function readCaller(c: Context<AppEnv>, now: number): Promise<Caller> {
  const header = c.req.header("Authorization");
  if (header === undefined) throw new AuthError("TOKEN_MISSING", "Send Authorization: Bearer <access token>");
  const [, token] = /^Bearer +([\w.-]{1,2048})$/i.exec(header) ?? [];
  const claims = token === undefined ? undefined : await verifyAccessToken(token, tokenContextOf(c, now));
  if (claims === undefined || !isRole(claims.role)) {
    throw new AuthError(
      "TOKEN_INVALID",
      "The access token is not valid or has expired: refresh it or log in",
    );
  }
  return { userId: claims.userId, sessionId: claims.sessionId, role: claims.role };
}
