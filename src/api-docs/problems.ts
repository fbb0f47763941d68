// The answers of routes that failed, as the document describes them: one for each status and set of codes.
import { toJsonSchema } from "@valibot/to-json-schema";
import type { generateSpecs } from "hono-openapi";
import { kindOf } from "./problem-codes.ts";
import { problem } from "./problem-schema.ts";

/** The description of the whole service. */
export type OpenApiDocument = Awaited<ReturnType<typeof generateSpecs>>;

type Components = NonNullable<OpenApiDocument["components"]>;
type Responses = NonNullable<Components["responses"]>;

const headers = {
  RequestId: {
    description:
      "Names the request in the log. The caller's own, where it sent 8 to 64 letters, digits, `_` or `-`.",
    required: true,
    schema: { type: "string", pattern: "^[\\w-]{8,64}$" },
  },
  Location: { description: "Where the new thing is.", schema: { type: "string" } },
  RetryAfter: {
    description: "Seconds after which the same request may be sent again.",
    required: true,
    schema: { type: "integer", minimum: 0 },
  },
  RetryAfterSafe: {
    description:
      "Seconds after which the same request may be sent again. Not sent where it may have been done.",
    schema: { type: "integer", minimum: 0 },
  },
  Challenge: {
    description: "How to come in. Source: RFC 6750.",
    required: true,
    schema: { type: "string", pattern: "^Bearer" },
  },
} as const satisfies Components["headers"];

/** The headers that answers refer to. */
export const headerComponents: NonNullable<Components["headers"]> = headers;

/** The headers of an answer, by the names that callers see. */
export function headersOf(
  names: Readonly<Record<string, keyof typeof headers>>,
): Record<string, { $ref: string }> {
  const all = Object.entries({ "X-Request-Id": "RequestId", ...names });
  return Object.fromEntries(all.map(([name, ref]) => [name, { $ref: `#/components/headers/${ref}` }]));
}

/** What every problem has in common. */
export function problemSchema(): NonNullable<Components["schemas"]>[string] {
  const { $schema: _, ...schema } = toJsonSchema(problem, { target: "draft-2020-12" });
  return schema as NonNullable<Components["schemas"]>[string];
}

/** Collects the answers, so that those which are alike are described once. */
export class ProblemResponses {
  readonly components: Responses = {};

  /** References to the answers with these codes, by their status. */
  describe(codes: ReadonlyMap<number, readonly string[]>): Record<string, { $ref: string }> {
    const sorted = [...codes].toSorted(([one], [other]) => one - other);
    return Object.fromEntries(
      sorted.map(([status, those]) => {
        const name = nameOf(status, those);
        this.components[name] ??= describeProblems(status, those);
        return [status, { $ref: `#/components/responses/${name}` }];
      }),
    );
  }
}

/** `TokenInvalidOrTokenMissing`. Every route has the same faults, and those are many. */
function nameOf(status: number, codes: readonly string[]): string {
  if (status === 500) return "Failed";
  const words = codes.map((code) =>
    code.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  return words.join("Or");
}

function describeProblems(status: number, codes: readonly string[]): Responses[string] {
  const types = new Set(codes.map((code) => typeOf(code)));
  const narrowed = {
    properties: { type: { enum: [...types] }, status: { const: status }, code: { enum: [...codes] } },
    required: ["type", "status", "code"],
  };
  const titles = new Set(codes.map((code) => kindOf(code).title));
  return {
    description: [...titles].join(". "),
    headers: headersOf(headersFor(status)),
    content: {
      "application/problem+json": {
        schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, narrowed] },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, status) }])),
      },
    },
  };
}

function headersFor(status: number): Parameters<typeof headersOf>[0] {
  if (status === 401) return { "WWW-Authenticate": "Challenge" };
  if (status === 429) return { "Retry-After": "RetryAfter" };
  return status === 503 ? { "Retry-After": "RetryAfterSafe" } : {};
}

function exampleOf(code: string, status: number): Readonly<Record<string, unknown>> {
  const requestId = "37674122-c479-4623-8831-bfcbf0fa22a4";
  return { type: typeOf(code), title: kindOf(code).title, status, code, ...membersOf[code], requestId };
}

const membersOf: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  FIELDS_INVALID: {
    detail: "Not valid: email",
    errors: [{ field: "email", message: "has to be an email address of at most 254 characters" }],
  },
  UNIQUE_VIOLATION: { errors: [{ field: "email", message: "is taken" }] },
  NOT_READY: {
    detail: "The schema is behind: revision 0003_throttle_logins pending. Run `npm run db -- upgrade`",
    reason: "behind",
    pending: ["0003_throttle_logins"],
    fix: "npm run db -- upgrade",
  },
};

function typeOf(code: string): string {
  return `urn:eaves:problem:${kindOf(code).type}`;
}
