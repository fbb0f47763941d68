// Checks fields against a schema and names every fault at once, unknown fields included.
import type { Context, HonoRequest, MiddlewareHandler } from "hono";
import * as v from "valibot";
import { parseCursor, parseId } from "../database/page.ts";
import type { AppEnv } from "./env.ts";
import { readJsonBody } from "./json-body.ts";
import { RequestError } from "./request-error.ts";
import type { FieldFault } from "./request-error.ts";
import { findUnstorable } from "./unstorable.ts";

type Entries = Record<string, v.GenericSchema>;

/** The schema of an object whose members are known. */
export type Fields<E extends Entries = Entries> = v.ObjectSchema<
  E,
  v.ErrorMessage<v.ObjectIssue> | undefined
>;

const notKnown = "is not known";

/** Fields that exist and that a caller may not give, and why. */
export type RefusedFields = Readonly<Record<string, string>>;

/**
 * The fields of `input`, checked: by the schema, and for what no database stores, at any depth.
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
  const unstorable = Object.entries(input)
    .filter(([field]) => Object.hasOwn(schema.entries, field))
    .flatMap(([field, value]) => {
      const message = findUnstorable(value);
      return message === undefined ? [] : [{ field, message }];
    });
  const isUnstorable = (path: string) => unstorable.some(({ field }) => field === path.split(".")[0]);
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
  if (result.success && unknown.length === 0 && unstorable.length === 0) return result.output;
  // A field that cannot be stored gets no other message.
  const others = faults.filter(({ field }) => !isUnstorable(field));
  throw invalidFields([...unstorable, ...others, ...unknown.slice(0, 20)]);
}

/** What a middleware leaves for the handler, as `c.req.valid(target)`. */
interface Valid<Target extends string, E extends Entries> {
  in: Record<Target, v.InferInput<Fields<E>>>;
  out: Record<Target, v.InferOutput<Fields<E>>>;
}

/**
 * Reads a JSON body with these fields: the handler has them as `c.req.valid("json")`.
 *
 * @throws {RequestError} as {@link readJsonBody} and {@link parseFields}.
 */
export async function takeJson(c: Context<AppEnv>, schema: Fields, refused?: RefusedFields): Promise<void> {
  c.req.addValidatedData("json", parseFields(schema, await readJsonBody(c), refused));
}

/**
 * Middleware that reads a JSON body with these fields, for an app whose routes declare nothing.
 *
 * @throws {RequestError} as {@link takeJson}.
 */
export function jsonFields<const E extends Entries>(
  schema: Fields<E>,
  refused?: RefusedFields,
): MiddlewareHandler<AppEnv, string, Valid<"json", E>> {
  return async function checkJson(c, next) {
    await takeJson(c, schema, refused);
    await next();
  };
}

/** The query of a request: each field as text or, if it was given more than once, a list. */
export function queryOf(c: Context<AppEnv>): Readonly<Record<string, string | string[] | undefined>> {
  const all = Object.entries(c.req.queries());
  return Object.fromEntries(all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** A field of a query: a list if it was given more than once. */
export const single = v.string("may be given once");

/** The fields of the query of a list: `limit`, and `cursor`, the `next` of an earlier page. */
export const pageFields = {
  limit: v.exactOptional(
    v.pipe(
      single,
      v.regex(/^(?:[1-9]\d?|100)$/, "has to be a whole number from 1 to 100"),
      v.transform(Number),
    ),
    "20",
  ),
  cursor: v.exactOptional(
    v.pipe(single, v.transform(parseCursor), v.number("has to be the next of an earlier page")),
  ),
};

/** The id in the path. Text that is not an id gets the same answer as an id that is not in use. */
export function idOf({ req }: { readonly req: Pick<HonoRequest, "param"> }): number | undefined {
  return parseId(req.param("id") ?? "");
}

/** The error that names these fields. Its message, which is logged, leaves out names that a caller made up. */
export function invalidFields(errors: readonly FieldFault[]): RequestError {
  const named = errors.map(({ field, message }) => (message === notKnown ? "unknown fields" : field));
  const names = [...new Set(named)].join(", ");
  return new RequestError("FIELDS_INVALID", `Not valid: ${names}`, { members: { errors } });
}
