// Who may call what: one table, and nothing is served that is not in it.
import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { Role } from "../users/roles.ts";
import type { AppEnv } from "./env.ts";

/** `anyone` needs no token; a role is the least that a caller has to have. */
export type Access = "anyone" | Role;

/** Every route by its method and pattern. */
export const access: Readonly<Record<string, Access>> = {
  "GET /health": "anyone",
  "GET /ready": "anyone",

  "POST /users": "anyone",
  "POST /auth/login": "anyone",
  "POST /auth/refresh": "anyone",
  "POST /auth/logout": "anyone",

  "GET /users/me": "user",
  "PATCH /users/me": "user",
  "DELETE /users/me": "user",
  "POST /users/me/password": "user",

  "GET /users": "admin",
  "GET /users/:id": "admin",
  "PATCH /users/:id": "admin",
  "DELETE /users/:id": "admin",
};

/** A route as Hono keeps it. */
interface Route {
  readonly method: string;
  readonly path: string;
}

/** Whether a route is one that answers: middleware is registered for every method. */
export function isEndpoint({ method }: Route): boolean {
  return method !== "ALL";
}

/** The route that answers this request; undefined where none does. Of several that match, the first one does. */
export function endpointOf(c: Context<AppEnv>): Route | undefined {
  return matchedRoutes(c).find(isEndpoint);
}

/** Who may call a route. @throws {TypeError} where the table does not say. */
export function accessOf({ method, path }: Route): Access {
  const found = access[`${method} ${path}`];
  if (found === undefined)
    throw new TypeError(`${method} ${path} is not in the table of src/worker/access.ts`);
  return found;
}
