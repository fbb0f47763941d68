// Turns the schema of a request's fields into JSON Schema. What lies behind a transform or a check is code, which no
// converter can read: here is what such code means, by the function itself, so that it follows the field around.
import type { ConversionConfig } from "@valibot/to-json-schema";
import { isAcceptablePassword } from "../auth/password.ts";
import { parseCursor } from "../database/page.ts";
import { isEmail } from "../users/email.ts";
import { userChangeFields } from "../worker/routes/user-fields.ts";
import { emailFormat, exampleEmail, examplePassword } from "./problem-schema.ts";

type JsonSchema = NonNullable<ReturnType<NonNullable<ConversionConfig["overrideSchema"]>>>;

const meanings: ReadonlyMap<unknown, JsonSchema> = new Map<unknown, JsonSchema>([
  [isEmail, { format: emailFormat, maxLength: 254 }],
  [isAcceptablePassword, { minLength: 8, maxLength: 128 }],
  [parseCursor, { pattern: "^[\\w-]{1,64}$", description: "The `next` of an earlier page." }],
]);

/** With these the page can be tried without typing anything. */
const examples: Readonly<Record<string, JsonSchema>> = {
  email: { examples: [exampleEmail] },
  password: { examples: [examplePassword] },
  oldPassword: { examples: [examplePassword] },
  newPassword: { examples: ["another correct horse"] },
};

/** Parameters that callers know better in another form than that of the text in the address. */
const parameters: Readonly<Record<string, JsonSchema>> = {
  limit: {
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 20,
    description: "The most entries on a page.",
  },
  emailPrefix: { type: "string", minLength: 1, maxLength: 254, description: "Only addresses that begin so." },
};

/** How to convert the fields of a request: in the form in which they are sent, and with no others beside them. */
export const requestConversion: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type !== "object") return undefined;
    const { entries } = valibotSchema as unknown as { readonly entries: Readonly<Record<string, Part>> };
    const properties = Object.entries(entries).map(([name, entry]): [string, JsonSchema] => {
      const converted = jsonSchema.properties?.[name] as JsonSchema;
      const meant = { ...stepsOf(entry).reduce(addMeaning, converted), ...examples[name] };
      return [name, parameters[name] ?? meant];
    });
    // The route itself refuses a body without any of them.
    const least = entries === userChangeFields.entries ? { minProperties: 1 } : {};
    return {
      ...jsonSchema,
      ...least,
      properties: Object.fromEntries(properties),
      additionalProperties: false,
    };
  },
};

/** What is read of valibot's schemas and actions. */
interface Part {
  readonly type: string;
  readonly wrapped?: Part;
  readonly pipe?: readonly Part[];
  readonly options?: readonly string[];
  readonly requirement?: unknown;
  readonly operation?: unknown;
  readonly message?: unknown;
}

function stepsOf({ wrapped, pipe, ...part }: Part): readonly Part[] {
  if (wrapped !== undefined) return stepsOf(wrapped);
  return pipe === undefined ? [part] : pipe.flatMap(stepsOf);
}

function addMeaning(
  schema: JsonSchema,
  { type, options, requirement, operation, message }: Part,
): JsonSchema {
  if (type === "picklist" && options !== undefined) return { ...schema, enum: [...options] };
  const known = meanings.get(requirement ?? operation);
  if (known !== undefined) return { ...schema, ...known };
  // A rule without words of its own is described by the message of its refusal.
  return type === "check" ? { ...schema, description: `May be refused: "${String(message)}".` } : schema;
}
