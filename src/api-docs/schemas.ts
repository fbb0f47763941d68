// What the service answers, as schemas. Only the document reads them: the Worker does not check its own answers,
// the tests do.
import { createSelectSchema } from "drizzle-valibot";
import * as v from "valibot";
import { users } from "../schema/index.ts";
import { roles } from "../users/roles.ts";

/** Addresses may be international, which the format `email` does not know. */
export const emailFormat = "idn-email";

/** Who appears in every example. */
export const exampleEmail = "ada@example.com";

/** A password that is long enough, and nobody's. */
export const examplePassword = "correct horse battery";

// What is shown of a row as it is stored; the other columns never leave the service, or not in this form.
const { id, email } = createSelectSchema(users, {
  id: (schema) => v.pipe(schema, v.minValue(1), v.description("Never given to another account.")),
  email: (schema) =>
    v.pipe(
      schema,
      v.description("In lower case."),
      v.metadata({ format: emailFormat, examples: [exampleEmail] }),
    ),
}).entries;

/** The schema under a name of its own in the document. */
function named(ref: string, schema: v.GenericSchema): v.GenericSchema {
  return v.pipe(schema, v.metadata({ ref }));
}

/** An account as it may be shown. */
export const user = named(
  "User",
  v.object({
    id,
    email,
    role: v.picklist(roles),
    disabled: v.pipe(v.boolean(), v.description("Whether the account is closed: it cannot log in.")),
  }),
);

/** A page of accounts. */
export const userPage = named(
  "UserPage",
  v.object({
    users: v.pipe(v.array(user), v.maxLength(100)),
    next: v.pipe(
      v.nullable(v.string()),
      v.description("The cursor of the following page; null on the last one."),
      v.metadata({ examples: ["YWZ0ZXI6Mg"] }),
    ),
  }),
);

/** What a login gives. */
export const tokens = named(
  "Tokens",
  v.object({
    accessToken: v.pipe(
      v.string(),
      v.description(
        "Goes into the header `Authorization: Bearer …`. It outlives a logout by at most its five minutes.",
      ),
    ),
    tokenType: v.literal("Bearer"),
    expiresIn: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("Seconds."),
      v.metadata({ examples: [300] }),
    ),
    refreshToken: v.pipe(
      v.string(),
      v.description(
        "Good once, at `POST /auth/refresh`, within 30 days of the login. Used twice, it ends the login.",
      ),
    ),
  }),
);

/** That the service runs. */
export const health = named("Health", v.object({ status: v.literal("ok") }));

/** That it can do its work. */
export const readiness = named(
  "Readiness",
  v.object({
    status: v.literal("ready"),
    revision: v.pipe(
      v.nullable(v.string()),
      v.description("The newest revision of the schema that this version knows."),
      v.metadata({ examples: ["0000_create_users"] }),
    ),
  }),
);

/** Why a request failed (RFC 9457). Each response says which codes it may have. */
export const problem = v.object({
  type: v.pipe(
    v.string(),
    v.regex(/^urn:eaves:problem:[a-z-]+$/),
    v.description("Coarser than `code`; no page."),
  ),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  code: v.pipe(v.string(), v.description("What programs go by.")),
  detail: v.optional(v.pipe(v.string(), v.description("For people; its words may change."))),
  errors: v.optional(
    v.pipe(
      v.array(v.object({ field: v.string(), message: v.string() })),
      v.description("Every field that is at fault; `body` stands for the whole."),
    ),
  ),
  requestId: v.pipe(v.string(), v.description("The same as in the header `X-Request-Id` and in the log.")),
  reason: v.optional(v.pipe(v.string(), v.description("`NOT_READY`: what is missing."))),
  variables: v.optional(
    v.pipe(v.array(v.string()), v.description("`NOT_READY`: variables that are missing or faulty.")),
  ),
  pending: v.optional(
    v.pipe(v.array(v.string()), v.description("`NOT_READY`: revisions that are not applied.")),
  ),
});
