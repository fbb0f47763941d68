// Lets in whom the table of access.ts lets in; the first to look at a token, and the only one.
import type { Context, MiddlewareHandler } from "hono";
import { verifyAccessToken } from "../../auth/access-token.ts";
import { AuthError } from "../../auth/errors.ts";
import { isRole } from "../../users/roles.ts";
import type { Role } from "../../users/roles.ts";
import { accessOf, endpointOf } from "../access.ts";
import { tokenContextOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import type { Ports } from "../ports.ts";

/** Who calls, by an access token that is good. The role is the one it was signed with. */
export interface Caller {
  readonly userId: number;
  readonly sessionId: number;
  readonly role: Role;
}

/** Leaves the caller as `c.var.caller` on routes that are not for anyone; what no route answers is not found. */
export function authorization({ unixTime }: Pick<Ports, "unixTime">): MiddlewareHandler<AppEnv> {
  return async function authorization(c, next) {
    const endpoint = endpointOf(c);
    // What is in no table is not there, even where a handler for every method would answer it.
    if (endpoint === undefined) return c.notFound();
    const least = accessOf(endpoint);
    if (least !== "anyone") {
      const caller = await readCaller(c, unixTime());
      if (least === "admin" && caller.role !== "admin") {
        throw new AuthError("ROLE_REQUIRED", "This needs the role admin");
      }
      c.set("caller", caller);
    }
    return await next();
  };
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
