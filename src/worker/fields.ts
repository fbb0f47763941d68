// Checks fields against a schema and names every fault at once, unknown fields included.
import * as v from "valibot";
import { RequestError } from "./request-error.ts";
import type { FieldFault } from "./request-error.ts";

type Entries = Record<string, v.GenericSchema>;

/** Fields which exist but are not for the caller to give, and why. */
export type RefusedFields = Readonly<Record<string, string>>;

/**
 * The fields of `input`, checked.
 *
 * @param schema an object schema; its messages are shown to the caller behind the field's name.
 * @throws {RequestError} `FIELDS_INVALID` with one entry of `errors` for each fault.
 */
export function parseFields<const E extends Entries>(
  schema: v.ObjectSchema<E, v.ErrorMessage<v.ObjectIssue> | undefined>,
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
      message: Object.hasOwn(refused, field) ? `${refused[field]}` : "is not known",
    }));
  const result = v.safeParse(schema, input);
  const faults = (result.issues ?? []).map((issue) => ({
    field: v.getDotPath(issue) ?? "body",
    message: issue.message,
  }));
  if (!result.success || unknown.length > 0) throw invalidFields([...faults, ...unknown.slice(0, 20)]);
  return result.output;
}

/** The error that names these fields. */
export function invalidFields(errors: readonly FieldFault[]): RequestError {
  const names = [...new Set(errors.map(({ field }) => field))].join(", ");
  return new RequestError("FIELDS_INVALID", `Not valid: ${names}`, { members: { errors } });
}
