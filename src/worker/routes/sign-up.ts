// Sign-up. It costs one database round trip.
import { Hono } from "hono/tiny";
import type { HashTurns } from "../../auth/hash-turns.ts";
import { hashPassword } from "../../auth/password.ts";
import { createUser } from "../../users/user-repository.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import type { Ports } from "../ports.ts";
import { route } from "../route.ts";
import { newUserFields, refusedUserFields, user } from "./user-fields.ts";

/** `POST /users`, for anyone. */
export function signUpRoutes({
  randomBytes,
  hashTurns,
}: Pick<Ports, "randomBytes"> & { readonly hashTurns: HashTurns }) {
  return (
    new Hono<AppEnv>()
      /**
       * Sign up.
       *
       * @id signUp
       * @tag Account
       * @body NewUser
       * @answer The new account
       */
      .post(
        "/users",
        route({
          access: "anyone",
          limited: true,
          json: newUserFields,
          refused: refusedUserFields,
          answers: { 201: user },
          problems: ["UNIQUE_VIOLATION", "SERVER_BUSY"],
        }),
        async (c) => {
          const { email, password } = c.req.valid("json");
          const { passwordCost } = settingsOf(c);
          const hash = await hashTurns.take((runHash) =>
            runHash(() => hashPassword(password, passwordCost, randomBytes)),
          );
          const created = await createUser(c.var.db, { email, password: hash });
          return c.json(created, 201, { Location: `/users/${created.id}` });
        },
      )
  );
}
