// What a request carries, as Hono's types, and the one door to the bindings beside index.ts.
// Nothing else reads `c.env`.
import type { Context } from "hono";
import type { TokenContext } from "../auth/access-token.ts";
import type { Caller } from "./middleware/authorization.ts";
import type { DatabaseVariables } from "./middleware/database-session.ts";
import { parseSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** The Worker's variables and secrets, unread: {@link settingsOf} parses them. */
export type Bindings = Readonly<Record<string, unknown>>;

/** What middleware leaves on every request. */
export interface RequestVariables {
  /** The caller's `X-Request-Id` where it is usable, otherwise a new one. */
  readonly requestId: string;
  /** Who calls; there on every route that is not for anyone. */
  readonly caller: Caller;
}

/** Hono's environment for every app, route and middleware of the Worker. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: RequestVariables & DatabaseVariables;
}

const noBindings: Bindings = {};
const parsed = new WeakMap<Bindings, Settings>();

/** The settings of this request's bindings; parsed at their first use and kept as long as they live. */
export function settingsOf(c: Context<AppEnv>): Settings {
  // Hono gives no bindings to an app that was called without any.
  const bindings: Bindings | undefined = c.env;
  const key = bindings ?? noBindings;
  const settings = parsed.get(key) ?? parseSettings(key);
  parsed.set(key, settings);
  return settings;
}

/** What access tokens are signed and verified with. @param now Unix time in seconds. */
export function tokenContextOf(c: Context<AppEnv>, now: number): TokenContext {
  const { tokenKeys, environment } = settingsOf(c);
  return { keys: tokenKeys, issuer: `urn:eaves:${environment}`, now };
}
