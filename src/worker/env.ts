// What a request carries, as Hono's types, and the one door to the bindings beside index.ts.
// Nothing else reads `c.env`.
import type { Context } from "hono";
import type { TokenContext } from "./access-token.ts";
import type { Caller } from "../users/caller.ts";
import type { CallerCheck } from "./middleware/access.ts";
import type { DatabaseVariables } from "./middleware/database-session.ts";
import type { DeclaredRoute } from "./route.ts";
import { parseSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** The Worker's variables and secrets, unread: {@link settingsOf} parses them. */
export type Bindings = Readonly<Record<string, unknown>>;

/** What middleware leaves on every request. */
export interface RequestVariables {
  /** The caller's `X-Request-Id` if it is usable, otherwise a new one. */
  readonly requestId: string;
  /** The route that answers. */
  readonly route: DeclaredRoute;
  /** Undefined if the request has no access token. The declaration of a route says more of it. */
  readonly caller: Caller | undefined;
  /** In development, the stack of the latest use of the database. */
  readonly callSite: string | undefined;
  /** What the session asks of the caller's account; set if `caller` is. */
  readonly callerCheck: CallerCheck;
}

/** Hono's environment for every app, route and middleware of the Worker. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: RequestVariables & DatabaseVariables;
}

/** What is read of a context here. The context of a route is not a `Context<AppEnv>`: it knows more of its caller. */
export type HasBindings = Pick<Context<AppEnv>, "env">;

const noBindings: Bindings = {};
const parsed = new WeakMap<Bindings, Settings>();

/** The settings of this request's bindings; parsed at their first use and kept as long as they live. */
export function settingsOf(c: HasBindings): Settings {
  // Hono gives no bindings to an app that was called without any.
  const bindings: Bindings | undefined = c.env;
  const key = bindings ?? noBindings;
  const settings = parsed.get(key) ?? parseSettings(key);
  parsed.set(key, settings);
  return settings;
}

/** Whether a developer calls, who may see messages of any error and SQL. */
export function isDeveloping(c: HasBindings): boolean {
  return settingsOf(c).environment === "development";
}

/** What access tokens are signed and verified with. @param now Unix time in seconds. */
export function tokenContextOf(c: HasBindings, now: number): TokenContext {
  const { tokenKeys, environment } = settingsOf(c);
  return { keys: tokenKeys, issuer: `urn:eaves:${environment}`, now };
}
