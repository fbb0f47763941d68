// What a problem document holds (RFC 9457), and the values of examples.
import * as v from "valibot";

/** Addresses may be international, which the format `email` does not know. */
export const emailFormat = "idn-email";

/** Who appears in every example. */
export const exampleEmail = "ada@example.com";

/** A password that is long enough, and no real one. */
export const examplePassword = "correct horse battery";

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
  debug: v.optional(
    v.pipe(
      v.object({
        message: v.string(),
        causes: v.array(v.string()),
        sql: v.optional(v.string()),
      }),
      v.description(
        "In development only, of a failure of the service: the error, and its SQL with placeholders.",
      ),
    ),
  ),
  reason: v.optional(
    v.pipe(
      v.picklist([
        "configuration",
        "unreachable",
        "refused",
        "read-only",
        "unknown-database",
        "quota",
        "not-libsql",
        "behind",
        "unstamped",
      ]),
      v.description("`NOT_READY`: what is missing."),
    ),
  ),
  fix: v.optional(v.pipe(v.string(), v.description("`NOT_READY`: the command that helps, if one does."))),
  variables: v.optional(
    v.pipe(v.array(v.string()), v.description("`NOT_READY`: variables that are missing or faulty.")),
  ),
  pending: v.optional(
    v.pipe(v.array(v.string()), v.description("`NOT_READY`: revisions that are not applied.")),
  ),
});
