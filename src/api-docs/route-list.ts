// The routes as a list: who may call what. A reviewed copy of it is compared by a test, so that opening a route shows.
import type { RouterRoute } from "hono/types";
import { declaredRoutes } from "../worker/route.ts";

/** One line for each route: who may call it, its method and pattern, and what it takes. */
export function listRoutes(routes: readonly RouterRoute[]): string {
  const lines = declaredRoutes(routes).map(({ method, path, declaration }) => {
    const { access, json, query, limited, session = {} } = declaration;
    const takes = [
      ...(json === undefined ? [] : [`json ${Object.keys(json.entries).join(" ")}`]),
      ...(query === undefined ? [] : [`query ${Object.keys(query.entries).join(" ")}`]),
      ...(limited === true ? ["limited by SIGN_IN_LIMIT"] : []),
      ...(session === "none" ? ["no database"] : Object.entries(session).map(([key, is]) => `${key} ${is}`)),
    ];
    return `${access.padEnd(8)}  ${method.padEnd(6)}  ${path.padEnd(20)}  ${takes.join(" · ")}`.trimEnd();
  });
  return `${lines.join("\n")}\n`;
}
