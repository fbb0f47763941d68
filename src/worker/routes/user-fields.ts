// The fields that the users and auth routes take and answer: which there are, and what a value has to be.
import * as v from "valibot";
import { isCommonPassword } from "../../auth/common-passwords.ts";
import { isAcceptablePassword } from "../../auth/password.ts";
import { isEmail, normalizeEmail } from "../../users/email.ts";
import { roles } from "../../users/roles.ts";
import { pageFields, type RefusedFields, single } from "../fields.ts";

const text = v.string("has to be text");
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
  ...pageFields,
  role: v.exactOptional(v.pipe(single, role)),
  emailPrefix: v.exactOptional(
    v.pipe(single, v.transform(normalizeEmail), v.regex(/^.{1,254}$/su, "has to have 1 to 254 characters")),
  ),
});

/** An account as it may be shown. */
export const user = v.object({
  id: v.number(),
  email: v.string(),
  role: v.picklist(roles),
  disabled: v.boolean(),
});

/** A page of accounts. */
export const userPage = v.object({ users: v.array(user), next: v.nullable(v.string()) });

/** What a login and a refresh answer. */
export const tokens = v.object({
  accessToken: v.string(),
  tokenType: v.literal("Bearer"),
  expiresIn: v.number(),
  refreshToken: v.string(),
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
