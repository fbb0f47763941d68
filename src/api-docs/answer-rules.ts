// What callers should know of the answers beyond their types: names of schemas, and words for members. None of it is in
// the Worker. A schema that is not here is described by its types.
import type { ConversionConfig } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { tokens, user, userPage } from "../worker/routes/user-fields.ts";
import { health, ready } from "../worker/routes/health.ts";
import { emailFormat, exampleEmail } from "./problem-schema.ts";

type JsonSchema = NonNullable<ReturnType<NonNullable<ConversionConfig["overrideSchema"]>>>;

interface Described {
  readonly schema: GenericSchema;
  readonly name: string;
  readonly members: Readonly<Record<string, JsonSchema>>;
}

const positive = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

const described: readonly Described[] = [
  {
    schema: user,
    name: "User",
    members: {
      id: { ...positive, description: "Never given to another account." },
      email: { description: "In lower case.", format: emailFormat, examples: [exampleEmail] },
      disabled: { description: "Whether the account is disabled: it cannot log in." },
    },
  },
  {
    schema: userPage,
    name: "UserPage",
    members: {
      users: { maxItems: 100 },
      next: {
        description: "The cursor of the following page; null on the last one.",
        examples: ["YWZ0ZXI6Mg"],
      },
    },
  },
  {
    schema: tokens,
    name: "Tokens",
    members: {
      accessToken: {
        description:
          "Goes into the header `Authorization: Bearer …`. It outlives a logout by at most its five minutes.",
      },
      expiresIn: { ...positive, description: "Seconds.", examples: [300] },
      refreshToken: {
        description:
          "Good once, at `POST /auth/refresh`, within 30 days of the login. Used twice, it ends the login.",
      },
    },
  },
  { schema: health, name: "Health", members: {} },
  {
    schema: ready,
    name: "Readiness",
    members: {
      revision: {
        description: "The newest revision of the schema that this version knows.",
        examples: ["0000_create_users"],
      },
    },
  },
];

const entriesOf = (schema: unknown) => (schema as { readonly entries?: unknown }).entries;

/** The name of a schema in the document; undefined if it has none. */
export function nameOf(schema: GenericSchema): string | undefined {
  return described.find((one) => one.schema === schema)?.name;
}

/** How to convert the schema of an answer. */
export const answerConversion: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "output",
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type !== "object") return undefined;
    const members = described.find(({ schema }) => entriesOf(schema) === entriesOf(valibotSchema))?.members;
    const properties = Object.entries(jsonSchema.properties ?? {}).map(([name, converted]) => {
      return [name, { ...(converted as JsonSchema), ...members?.[name] }] as const;
    });
    return { ...jsonSchema, properties: Object.fromEntries(properties) };
  },
};
