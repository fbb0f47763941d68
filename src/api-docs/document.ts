// Builds the description of the API (OpenAPI 3.1) from the routes themselves: hono-openapi reads it off an app that
// has the same routes and fields, and is made for that alone.
import { join } from "node:path";
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { RouterRoute } from "hono/types";
import { describeRoute, generateSpecs, resolver, validator } from "hono-openapi";
import * as v from "valibot";
import project from "../../package.json" with { type: "json" };
import { createApp } from "../worker/app.ts";
import { type Access, type DeclaredRoute, declaredRoutes } from "../worker/route.ts";
import { answerConversion, nameOf } from "./answer-rules.ts";
import { problemCodes } from "./problem-codes.ts";
import { headerComponents, headersOf, problemSchema, ProblemResponses } from "./problems.ts";
import type { OpenApiDocument } from "./problems.ts";
import { requestConversion } from "./request-rules.ts";
import { readRouteWords, type RouteWords } from "./route-words.ts";

const introduction = `A users service. How to begin: sign up, log in, and send the access token with every call as
\`Authorization: Bearer …\`; on this page, the form at the top does it.

Where GET is answered, HEAD is, too. Bodies are JSON of at most 64 kB, and fields that are not described are refused.
Failures are \`application/problem+json\` (RFC 9457): programs go by \`code\`. An address that is not here answers
404 \`ROUTE_NOT_FOUND\`, a method that is not here 405 \`METHOD_NOT_ALLOWED\`.`;

/** The chapters of the document, in their order; a route without one has a chapter by its path. */
const tags: Readonly<Record<string, string>> = {
  Account: "What users do with their own account.",
  Login: "Tokens for an account, and their end.",
  Administration: "What administrators do with all accounts.",
  Service: "Whether the service runs. For monitors, not for people.",
};

/** The description of the API, and the routes that have no words yet. */
export interface Description {
  readonly document: OpenApiDocument;
  /** By method and path. They are described by their names. */
  readonly undocumented: readonly string[];
}

/** The words of the routes of this project. */
export const ownRouteWords = () => readRouteWords(join(import.meta.dirname, "../worker/routes"));

/**
 * The description, the same whenever the code is the same.
 *
 * @throws {TypeError} for a route without a declaration, and for two different bodies with one name.
 */
export async function buildDescription(
  routes: readonly RouterRoute[] = createApp().routes,
  words?: ReadonlyMap<string, RouteWords>,
): Promise<Description> {
  const said = words ?? (await ownRouteWords());
  const declared = declaredRoutes(routes);
  const undocumented = declared.map(nameOfRoute).filter((name) => !said.has(name));
  const names = new Map<string, unknown>();
  const problems = new ProblemResponses();
  const app = new Hono();
  const usedTags = new Set<string>();
  for (const route of declared) {
    const about = wordsFor(route, said.get(nameOfRoute(route)));
    usedTags.add(about.tag);
    const answers = problems.describe(problemCodes(route));
    for (const handler of [describe(route, about, answers), ...describeFields(route, about, names)])
      app.on(route.method, [route.path], handler);
  }
  const document = await generateSpecs(app, {
    defaultValidationErrorResponse: false,
    documentation: documentation(problems, usedTags),
  });
  // hono-openapi leaves members without a value, which JSON does not have.
  return { document: JSON.parse(JSON.stringify(document)) as OpenApiDocument, undocumented };
}

/** The description alone. */
export async function buildDocument(): Promise<OpenApiDocument> {
  return (await buildDescription()).document;
}

function nameOfRoute({ method, path }: DeclaredRoute): string {
  return `${method} ${path}`;
}

type CompleteWords = RouteWords & { readonly id: string; readonly tag: string };

/** The words of a route; what is not said is made of its method and path. */
function wordsFor(route: DeclaredRoute, said: RouteWords | undefined): CompleteWords {
  const parts = route.path.split("/").filter((part) => part !== "");
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const id =
    route.method.toLowerCase() +
    parts.map((part) => (part.startsWith(":") ? `By${capital(part.slice(1))}` : capital(part))).join("");
  return {
    summary: said?.summary ?? nameOfRoute(route),
    description: said?.description ?? "",
    id: said?.id ?? id.replaceAll(/\W/g, ""),
    tag: said?.tag ?? capital(parts[0] ?? "Service"),
    body: said?.body,
    answer: said?.answer,
  };
}

type Documentation = NonNullable<NonNullable<Parameters<typeof generateSpecs>[1]>["documentation"]>;

function documentation(problems: ProblemResponses, usedTags: ReadonlySet<string>): Documentation {
  return {
    openapi: "3.1.0",
    info: {
      title: "Eaves",
      version: project.version,
      description: introduction,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set([...Object.keys(tags), ...usedTags])]
      .filter((name) => usedTags.has(name))
      .map((name) => ({ name, description: tags[name] ?? `The routes below /${name.toLowerCase()}.` })),
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The access token of `POST /auth/login`, good for five minutes.",
        },
      },
      headers: headerComponents,
      schemas: { Problem: problemSchema() },
      responses: problems.components,
    },
  };
}

function describe(
  { path, declaration }: DeclaredRoute,
  words: CompleteWords,
  problems: Record<string, { $ref: string }>,
): MiddlewareHandler {
  const answers = Object.entries(declaration.answers).map(([status, schema]) => {
    const headers = headersOf(status === "201" ? { Location: "Location" } : {});
    const description = words.answer ?? statusTexts[status] ?? "Done";
    return [status, { description, headers, ...contentOf(schema) }] as const;
  });
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => parameterOf(name));
  return describeRoute({
    operationId: words.id,
    tags: [words.tag],
    summary: words.summary,
    ...(words.description === "" ? {} : { description: words.description }),
    security: securityOf(declaration.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { ...Object.fromEntries(answers), ...problems },
  });
}

const statusTexts: Readonly<Record<string, string>> = {
  200: "What was asked for",
  201: "What was made",
  202: "It will be done",
  204: "It was done",
};

function contentOf(schema: v.GenericSchema | null | undefined) {
  if (schema === null || schema === undefined) return {};
  const name = nameOf(schema);
  const named = name === undefined ? schema : v.pipe(schema, v.metadata({ ref: name }));
  return {
    content: { "application/json": { schema: resolver(named, { options: { ...answerConversion } }) } },
  };
}

function parameterOf(name: string) {
  const place = { in: "path", name, required: true } as const;
  if (name !== "id") return { ...place, schema: { type: "string" } } as const;
  const description = "Text that is not an id gets the same answer as an id that nothing has.";
  const schema = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
  return { ...place, description, schema } as const;
}

/** The list of a scheme names the roles that are needed. Source: OpenAPI 3.1, Security Requirement Object. */
function securityOf(access: Access): Record<string, string[]>[] {
  if (access === "anyone") return [];
  if (access === "optional") return [{}, { bearer: [] }];
  return [{ bearer: access === "user" ? [] : [access] }];
}

function describeFields(
  { declaration: { json, query } }: DeclaredRoute,
  { body }: CompleteWords,
  names: Map<string, unknown>,
): MiddlewareHandler[] {
  const options = { options: { ...requestConversion } };
  const handlers: MiddlewareHandler[] = [];
  if (query !== undefined) handlers.push(validator("query", query, undefined, options));
  if (json === undefined) return handlers;
  if (body === undefined) return [...handlers, validator("json", json, undefined, options)];
  if ((names.get(body) ?? json) !== json) throw new TypeError(`Two different bodies have the name ${body}`);
  names.set(body, json);
  const named = v.pipe(json, v.metadata({ ref: body }));
  return [...handlers, validator("json", named, undefined, options)];
}
