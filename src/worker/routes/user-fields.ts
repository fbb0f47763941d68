// The fields of the users routes: which there are, and what a value has to be.
import * as v from "valibot";
import { isAcceptablePassword } from "../../auth/password.ts";
import { parseCursor } from "../../users/cursor.ts";
import { isEmail, normalizeEmail } from "../../users/email.ts";
import type { RefusedFields } from "../fields.ts";

const email = v.pipe(
  v.string("has to be text"),
  v.transform(normalizeEmail),
  v.check(isEmail, "has to be an email address of at most 254 characters"),
);
const password = v.pipe(
  v.string("has to be text"),
  v.check(isAcceptablePassword, "has to have 8 to 128 characters"),
);
const single = v.string("may be given once");

/** `POST /users`. */
export const newUserFields = v.object({ email, password }, "is required");

/** `PATCH /users/:id`. */
export const userChangeFields = v.object({
  email: v.exactOptional(email),
  password: v.exactOptional(password),
});

/** The query of `GET /users`, each parameter as text or, where it was given more than once, a list. */
export const userQueryFields = v.object({
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
  role: v.exactOptional(v.pipe(single, v.regex(/^.{1,64}$/su, "has to have 1 to 64 characters"))),
});

/** A caller who could set a role could make itself anything. */
export const refusedUserFields: RefusedFields = { role: "cannot be set by a request" };
