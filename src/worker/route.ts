// What a route declares of itself, once: who may call it, what it takes and answers, and how it uses the database.
// The words of a route for /docs are the doc comment in front of it.
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { GenericSchema, InferInput, InferOutput } from "valibot";
import type { Caller } from "../users/caller.ts";
import type { Role } from "../users/roles.ts";
import type { AppEnv } from "./env.ts";
import { type Fields, parseFields, queryOf, type RefusedFields, takeJson } from "./fields.ts";
import type { DatabaseSessionOptions } from "./middleware/database-session.ts";
import { limitSignIn } from "./sign-in-limit.ts";

/**
 * Who may call: `anyone` needs no token · `optional` is anyone, whose token is checked if there is one · a role is the least
 * that a caller has to have.
 */
export type Access = "anyone" | "optional" | Role;

/** What a route declares. */
export interface Declaration {
  readonly access: Access;
  /** The fields of the JSON body; the handler has them as `c.req.valid("json")`. */
  readonly json?: Fields;
  /** The fields of the query; the handler has them as `c.req.valid("query")`. */
  readonly query?: Fields;
  /** Fields that a caller may not give, and why. */
  readonly refused?: RefusedFields;
  /** The answers of a route that did what it was asked, by their status; null for one without a body. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204, GenericSchema | null>>>;
  /** Codes of the problems that the handler throws itself. */
  readonly problems?: readonly string[];
  /** Whether the binding `SIGN_IN_LIMIT` bounds its requests. */
  readonly limited?: boolean;
  /** How the route uses its database session, if not as every route does; `none` for a route without one. */
  readonly session?: DatabaseSessionOptions | "none";
  /** Whether it answers although the configuration has faults. */
  readonly unconfigured?: boolean;
}

type CallerOf<Who> = Who extends "anyone"
  ? object
  : { readonly caller: Who extends "optional" ? Caller | undefined : Caller };

interface RouteEnv<Who> {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & CallerOf<Who>;
}

type Taken<Target extends string, Schema, Side> = Schema extends GenericSchema
  ? Record<Target, Side extends "in" ? InferInput<Schema> : InferOutput<Schema>>
  : object;

interface RouteInput<Json, Query> {
  in: Taken<"json", Json, "in"> & Taken<"query", Query, "in">;
  out: Taken<"json", Json, "out"> & Taken<"query", Query, "out">;
}

/** The first handler of a route. */
export type RouteHandler<Who = Access, Json = undefined, Query = undefined> = MiddlewareHandler<
  RouteEnv<Who>,
  string,
  RouteInput<Json, Query>
> & { readonly declaration: Declaration };

type Part<Key extends keyof Declaration, Given> = Given extends Record<Key, infer Value> ? Value : undefined;

/**
 * Declares a route: the first handler of every route. The caller was checked before it; it checks what the route takes.
 *
 * @example
 * new Hono<AppEnv>().delete("/posts/:id", route({ access: "user", answers: { 204: null } }), deletePost);
 */
export function route<const Given extends Declaration>(
  declaration: Given,
): RouteHandler<Given["access"], Part<"json", Given>, Part<"query", Given>> {
  const { json, query, refused, limited } = declaration;
  const check: MiddlewareHandler<AppEnv> = async function checkRequest(c, next) {
    if (limited === true) await limitSignIn(c);
    if (query !== undefined) c.req.addValidatedData("query", parseFields(query, queryOf(c), refused));
    if (json !== undefined) await takeJson(c, json, refused);
    await next();
  };
  return Object.assign(check, { declaration }) as unknown as ReturnType<typeof route<Given>>;
}

/** A route with what it declares. */
export interface DeclaredRoute {
  readonly method: string;
  /** The pattern, such as `/users/:id`. */
  readonly path: string;
  readonly declaration: Declaration;
}

/** Whether a route is one that answers: middleware is registered for every method. */
function isEndpoint({ method }: RouterRoute): boolean {
  return method !== "ALL";
}

/**
 * The routes that answer, in their order, each once.
 *
 * @throws {TypeError} for a route without a declaration: nothing is served by oversight.
 */
export function declaredRoutes(routes: readonly RouterRoute[]): readonly DeclaredRoute[] {
  const named = Map.groupBy(routes.filter(isEndpoint), ({ method, path }) => `${method} ${path}`);
  return [...named.values()].map((own) => declaredIn(own) as DeclaredRoute);
}

/**
 * The route that answers this request; undefined if none does. Of several that match, the first one does.
 *
 * @throws {TypeError} for a route without a declaration.
 */
export function routeOf(c: Context<AppEnv>): DeclaredRoute | undefined {
  const known: DeclaredRoute | undefined = c.get("route");
  const found = known ?? declaredIn(matchedRoutes(c).filter(isEndpoint));
  if (found !== undefined) c.set("route", found);
  return found;
}

/** The pattern that matched, such as `/users/:id`, of any route; undefined if none did. */
export function patternOf(c: Context<AppEnv>): string | undefined {
  const known: DeclaredRoute | undefined = c.get("route");
  return known?.path ?? matchedRoutes(c).find(isEndpoint)?.path;
}

function declaredIn(matched: readonly RouterRoute[]): DeclaredRoute | undefined {
  const [first] = matched;
  if (first === undefined) return undefined;
  const { method, path } = first;
  for (const one of matched) {
    if (one.method !== method || one.path !== path) continue;
    const handler = findTargetHandler(one.handler) as Partial<RouteHandler>;
    if (handler.declaration !== undefined) return { method, path, declaration: handler.declaration };
  }
  throw new TypeError(`${method} ${path} has no declaration: make route({ … }) its first handler`);
}
