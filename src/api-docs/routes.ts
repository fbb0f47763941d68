// Reads the routes off the app: which there are, who may call them, and which fields they check.
import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import type { GenericSchema } from "valibot";
import { accessOf, isEndpoint } from "../worker/access.ts";
import type { Access } from "../worker/access.ts";

/** What a route checks of the request. */
export interface CheckedFields {
  readonly target: "json" | "query";
  readonly schema: GenericSchema;
}

/** A route with everything that it tells of itself. */
export interface Endpoint {
  /** Method and path, as Hono writes it. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly access: Access;
  readonly fields: readonly CheckedFields[];
  /** What answers the request, middleware of this route included. */
  readonly handlers: readonly unknown[];
}

/** The routes in their order, each once. */
export function readEndpoints(routes: readonly RouterRoute[]): readonly Endpoint[] {
  const named = Map.groupBy(routes.filter(isEndpoint), ({ method, path }) => `${method} ${path}`);
  return [...named].map(([name, parts]) => {
    const [{ method, path }] = parts as [RouterRoute];
    const handlers = parts.map(({ handler }) => findTargetHandler(handler));
    const fields = handlers.filter(
      (handler): handler is typeof handler & CheckedFields => "schema" in handler,
    );
    return { name, method, path, access: accessOf({ method, path }), fields, handlers };
  });
}
