// Builds the description of the API (OpenAPI 3.1) from the routes themselves: hono-openapi reads it off an app that
// has the same routes and fields, and is made for that alone.
import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { RouterRoute } from "hono/types";
import { describeRoute, generateSpecs, resolver, validator } from "hono-openapi";
import * as v from "valibot";
import project from "../../package.json" with { type: "json" };
import { createApp } from "../worker/app.ts";
import type { Access } from "../worker/access.ts";
import { tags } from "./operation.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { problemCodes } from "./problem-codes.ts";
import { headerComponents, headersOf, problemSchema, ProblemResponses } from "./problems.ts";
import type { OpenApiDocument } from "./problems.ts";
import { requestConversion } from "./request-rules.ts";
import { readEndpoints } from "./routes.ts";
import type { CheckedFields, Endpoint } from "./routes.ts";

const description = `A users service. How to begin: sign up, log in, and send the access token with every call as
\`Authorization: Bearer …\`; on this page, through **Authorize**.

Where GET is answered, HEAD is, too. Bodies are JSON of at most 64 kB, and fields that are not described are refused.
Failures are \`application/problem+json\` (RFC 9457): programs go by \`code\`. An address that is not here answers
404 \`ROUTE_NOT_FOUND\`, a method that is not here 405 \`METHOD_NOT_ALLOWED\`.`;

/**
 * The description, the same whenever the code is the same.
 *
 * @throws {TypeError} where a route has no operation, or an operation no route.
 */
export async function buildDocument(
  routes: readonly RouterRoute[] = createApp().routes,
  described: Readonly<Record<string, Operation>> = operations,
): Promise<OpenApiDocument> {
  const endpoints = readEndpoints(routes);
  const unserved = new Set(Object.keys(described));
  const names = new Map<string, unknown>();
  const problems = new ProblemResponses();
  const app = new Hono();
  for (const endpoint of endpoints) {
    const operation = described[endpoint.name];
    if (operation === undefined) throw missing(endpoint.name);
    unserved.delete(endpoint.name);
    const answers = problems.describe(problemCodes(endpoint, operation));
    const fields = endpoint.fields.map((checked) => describeFields(checked, operation, names));
    for (const handler of [describe(endpoint, operation, answers), ...fields])
      app.on(endpoint.method, [endpoint.path], handler);
  }
  if (unserved.size > 0) throw superfluous([...unserved]);
  const document = await generateSpecs(app, {
    defaultValidationErrorResponse: false,
    documentation: documentation(problems),
  });
  // hono-openapi leaves members without a value, which JSON does not have.
  return JSON.parse(JSON.stringify(document)) as OpenApiDocument;
}

type Documentation = NonNullable<NonNullable<Parameters<typeof generateSpecs>[1]>["documentation"]>;

function documentation(problems: ProblemResponses): Documentation {
  return {
    openapi: "3.1.0",
    info: {
      title: "Eaves",
      version: project.version,
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(tags).map(([name, words]) => ({ name, description: words })),
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
  { access, path }: Endpoint,
  { id, tag, summary, description: words, success }: Operation,
  answers: Record<string, { $ref: string }>,
): MiddlewareHandler {
  const body =
    success.body === undefined ? {} : { content: { "application/json": { schema: resolver(success.body) } } };
  return describeRoute({
    operationId: id,
    tags: [tag],
    summary,
    ...(words === undefined ? {} : { description: words }),
    security: securityOf(access),
    ...(path.includes("/:id") ? { parameters: [userId] } : {}),
    responses: {
      [success.status]: {
        description: success.description,
        headers: headersOf(success.located === true ? { Location: "Location" } : {}),
        ...body,
      },
      ...answers,
    },
  });
}

const userId = {
  in: "path",
  name: "id",
  required: true,
  description: "The id of an account. Whatever is no id names no account.",
  schema: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
} as const;

/** The list of a scheme names the roles that are needed. Source: OpenAPI 3.1, Security Requirement Object. */
function securityOf(access: Access): Record<string, string[]>[] {
  if (access === "anyone") return [];
  return [{ bearer: access === "user" ? [] : [access] }];
}

function describeFields(
  { target, schema }: CheckedFields,
  { id, request }: Operation,
  names: Map<string, unknown>,
): MiddlewareHandler {
  if (target === "query") return validator("query", schema, undefined, { options: { ...requestConversion } });
  if (request === undefined)
    throw new TypeError(`The operation ${id} takes a body: give it a name as \`request\``);
  const { ref } = request;
  if ((names.get(ref) ?? schema) !== schema) throw new TypeError(`Two different bodies have the name ${ref}`);
  names.set(ref, schema);
  const withName = v.pipe(schema, v.metadata({ ...request }));
  return validator("json", withName, undefined, { options: { ...requestConversion } });
}

function missing(name: string): TypeError {
  return new TypeError(`The route ${name} is not described: add it to src/api-docs/operations.ts`);
}

function superfluous(names: readonly string[]): TypeError {
  return new TypeError(`No route is ${names.join(", ")}: take it out of src/api-docs/operations.ts`);
}
