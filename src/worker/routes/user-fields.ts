// The fields of the users and auth routes: which there are, and what a value has to be.
import * as v from "valibot";
import { isCommonPassword } from "../../auth/common-passwords.ts";
import { isAcceptablePassword } from "../../auth/password.ts";
import { parseCursor } from "../../users/cursor.ts";
import { isEmail, normalizeEmail } from "../../users/email.ts";
import { roles } from "../../users/roles.ts";
import type { RefusedFields } from "../fields.ts";

const text = v.string("has to be text");
const single = v.string("may be given once");
const role = v.picklist(roles, `has to be ${roles.join(" or ")}`);

const email = v.pipe(
  text,
  v.transform(normalizeEmail),
  v.check(isEmail, "has to be an email address of at most 254 characters"),
);
const newPassword = v.pipe(
  text,
  v.check(isAcceptablePassword, "has to have 8 to 128 characters"),
  v.check((password) => !isCommonPassword(password), "is one of the most common passwords: take another"),
);
/** Any text: what is no password of an account is a wrong one, whatever it looks like. */
const givenPassword = v.pipe(text, v.maxLength(1024, "has to have at most 1024 characters"));
const refreshToken = v.pipe(text, v.maxLength(1024, "has to have at most 1024 characters"));

/** `POST /users`. */
export const newUserFields = v.object({ email, password: newPassword }, "is required");

/** `POST /auth/login`. */
export const loginFields = v.object(
  {
    email: v.pipe(
      text,
      v.maxLength(1024, "has to have at most 1024 characters"),
      // The database is asked for it, and takes no half of a surrogate pair.
      v.check((address) => address.isWellFormed(), "has to be well-formed text"),
      v.transform(normalizeEmail),
    ),
    password: givenPassword,
  },
  "is required",
);

/** `POST /auth/refresh` and `POST /auth/logout`. */
export const refreshTokenFields = v.object({ refreshToken }, "is required");

/** `PATCH /users/me`. */
export const ownChangeFields = v.object({ email }, "is required");

/** `POST /users/me/password`. */
export const passwordChangeFields = v.object({ oldPassword: givenPassword, newPassword }, "is required");

/** `PATCH /users/:id`. */
export const userChangeFields = v.object({
  role: v.exactOptional(role),
  disabled: v.exactOptional(v.boolean("has to be true or false")),
});

/** The query of `GET /users`. */
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
  role: v.exactOptional(v.pipe(single, role)),
  emailPrefix: v.exactOptional(
    v.pipe(single, v.transform(normalizeEmail), v.regex(/^.{1,254}$/su, "has to have 1 to 254 characters")),
  ),
});

/** A caller who could set these could make itself anything. */
export const refusedUserFields: RefusedFields = {
  role: "cannot be set by a request",
  disabled: "cannot be set by a request",
};

/** Its own address has its own rules. */
export const refusedOwnFields: RefusedFields = {
  ...refusedUserFields,
  password: "is changed at /users/me/password",
};
