// What a caller may do with the account that its token names.
import { Hono } from "hono/tiny";
import type { HashTurns } from "../../auth/hash-turns.ts";
import { changePassword } from "../../auth/login.ts";
import { changeEmail, deleteUser, findUser } from "../../users/user-repository.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv, RequestVariables } from "../env.ts";
import type { Ports } from "../ports.ts";
import { route } from "../route.ts";
import { ownChangeFields, passwordChangeFields, refusedOwnFields, user } from "./user-fields.ts";

/** `/users/me`. One database round trip each; two for the password. */
export function ownUserRoutes({
  randomBytes,
  unixTime,
  hashTurns,
}: Pick<Ports, "randomBytes" | "unixTime"> & { readonly hashTurns: HashTurns }) {
  return (
    new Hono<AppEnv>()
      /**
       * Read the own account.
       *
       * @id getMe
       * @tag Account
       * @answer The caller's account
       */
      .get("/users/me", route({ access: "user", answers: { 200: user } }), async (c) =>
        c.json((await findUser(c.var.db, c.var.caller.userId)) ?? accountGone(c.var), 200),
      )
      /**
       * Change the own account.
       *
       * @id changeMe
       * @tag Account
       * @body AccountChanges
       * @answer The account after the change
       */
      .patch(
        "/users/me",
        route({
          access: "user",
          limited: true,
          json: ownChangeFields,
          refused: refusedOwnFields,
          answers: { 200: user },
          problems: ["UNIQUE_VIOLATION"],
        }),
        async (c) => {
          const { email } = c.req.valid("json");
          return c.json((await changeEmail(c.var.db, c.var.caller.userId, email)) ?? accountGone(c.var), 200);
        },
      )
      /**
       * Delete the own account.
       *
       * @id deleteMe
       * @tag Account
       * @answer The account and its logins are gone
       */
      .delete("/users/me", route({ access: "user", answers: { 204: null } }), async (c) => {
        await deleteUser(c.var.db, c.var.caller.userId);
        return c.body(null, 204);
      })
      /**
       * Change the password. Ends every other login of the account.
       *
       * @id changePassword
       * @tag Account
       * @body PasswordChange
       * @answer The new password is in force
       */
      .post(
        "/users/me/password",
        route({
          access: "user",
          limited: true,
          json: passwordChangeFields,
          answers: { 204: null },
          problems: ["PASSWORD_WRONG", "TOO_MANY_ATTEMPTS", "SERVER_BUSY"],
        }),
        async (c) => {
          const cost = settingsOf(c).passwordCost;
          const context = { cost, randomBytes, hashTurns, now: unixTime() };
          await changePassword(c.var.db, c.var.caller, c.req.valid("json"), context);
          return c.body(null, 204);
        },
      )
  );
}

/** Not to be expected: the session asks for the account in the same transaction. */
function accountGone({ callerCheck }: Pick<RequestVariables, "callerCheck">): never {
  throw callerCheck.refusal();
}
