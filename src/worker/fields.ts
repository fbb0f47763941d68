// Checks fields against a schema and names every fault at once, unknown fields included.
import type { MiddlewareHandler } from "hono";
import * as v from "valibot";
import type { AppEnv } from "./env.ts";
import { readJsonBody } from "./json-body.ts";
import { RequestError } from "./request-error.ts";
import type { FieldFault } from "./request-error.ts";

type Entries = Record<string, v.GenericSchema>;
type Fields<E extends Entries> = v.ObjectSchema<E, v.ErrorMessage<v.ObjectIssue> | undefined>;

const notKnown = "is not known";

/** Middleware that checks a part of the request, and says what it checks, for the description of the API. */
export type FieldsMiddleware<Target extends "json" | "query", E extends Entries> = MiddlewareHandler<
  AppEnv,
  string,
  {
    in: Record<Target, v.InferInput<Fields<E>>>;
    out: Record<Target, v.InferOutput<Fields<E>>>;
  }
> & { readonly target: Target; readonly schema: Fields<E> };

/** Fields which exist but are not for the caller to give, and why. */
export type RefusedFields = Readonly<Record<string, string>>;

/**
 * The fields of `input`, checked.
 *
 * @param schema an object schema; its messages are shown to the caller behind the field's name.
 * @throws {RequestError} `FIELDS_INVALID` with one entry of `errors` for each fault.
 */
export function parseFields<const E extends Entries>(
  schema: Fields<E>,
  input: unknown,
  refused: RefusedFields = {},
): v.InferOutput<typeof schema> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw invalidFields([{ field: "body", message: "has to be a JSON object" }]);
  }
  const unknown = Object.keys(input)
    .filter((field) => !Object.hasOwn(schema.entries, field))
    .map((field) => ({
      field: field.slice(0, 64),
      message: Object.hasOwn(refused, field) ? `${refused[field]}` : notKnown,
    }));
  const result = v.safeParse(schema, input);
  const faults = (result.issues ?? []).map((issue) => ({
    field: v.getDotPath(issue) ?? "body",
    message: issue.message,
  }));
  if (!result.success || unknown.length > 0) throw invalidFields([...faults, ...unknown.slice(0, 20)]);
  return result.output;
}

/**
 * Reads a JSON body with these fields: the handler has them as `c.req.valid("json")`.
 *
 * @throws {RequestError} as {@link readJsonBody} and {@link parseFields}.
 */
export function jsonFields<const E extends Entries>(
  schema: Fields<E>,
  refused: RefusedFields = {},
): FieldsMiddleware<"json", E> {
  const check: MiddlewareHandler<AppEnv> = async function checkJson(c, next) {
    c.req.addValidatedData("json", parseFields(schema, await readJsonBody(c), refused));
    await next();
  };
  return Object.assign(check, { target: "json", schema }) as FieldsMiddleware<"json", E>;
}

/**
 * Reads a query with these fields, each as text or, where it was given more than once, a list: the handler has
 * them as `c.req.valid("query")`.
 *
 * @throws {RequestError} as {@link parseFields}.
 */
export function queryFields<const E extends Entries>(schema: Fields<E>): FieldsMiddleware<"query", E> {
  const check: MiddlewareHandler<AppEnv> = async function checkQuery(c, next) {
    const all = Object.entries(c.req.queries());
    const query = Object.fromEntries(
      all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
    );
    c.req.addValidatedData("query", parseFields(schema, query));
    await next();
  };
  return Object.assign(check, { target: "query", schema }) as FieldsMiddleware<"query", E>;
}

/** The error that names these fields. Its message, which is logged, leaves out names that a caller made up. */
export function invalidFields(errors: readonly FieldFault[]): RequestError {
  const named = errors.map(({ field, message }) => (message === notKnown ? "unknown fields" : field));
  const names = [...new Set(named)].join(", ");
  return new RequestError("FIELDS_INVALID", `Not valid: ${names}`, { members: { errors } });
}
