// What a caller may do with the account that its token names.
import { Hono } from "hono/tiny";
import { AuthError } from "../../auth/errors.ts";
import { changePassword } from "../../auth/login.ts";
import { changeOwnEmail, deleteOwnUser, findOwnUser } from "../../users/user-repository.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { jsonFields } from "../fields.ts";
import { signInLimit } from "../middleware/sign-in-limit.ts";
import type { Ports } from "../ports.ts";
import { ownChangeFields, passwordChangeFields, refusedOwnFields } from "./user-fields.ts";

/** `/users/me`. One database round trip each; two for the password. */
export function ownUserRoutes({ randomBytes, unixTime }: Pick<Ports, "randomBytes" | "unixTime">) {
  return new Hono<AppEnv>()
    .get("/", async (c) => c.json((await findOwnUser(c.var.db, c.var.caller.userId)) ?? accountGone(), 200))
    .patch("/", signInLimit, jsonFields(ownChangeFields, refusedOwnFields), async (c) => {
      const { email } = c.req.valid("json");
      return c.json((await changeOwnEmail(c.var.db, c.var.caller.userId, email)) ?? accountGone(), 200);
    })
    .delete("/", async (c) => {
      if (!(await deleteOwnUser(c.var.db, c.var.caller.userId))) accountGone();
      return c.body(null, 204);
    })
    .post("/password", signInLimit, jsonFields(passwordChangeFields), async (c) => {
      const cost = settingsOf(c).passwordCost;
      const context = { cost, randomBytes, now: unixTime() };
      await changePassword(c.var.db, c.var.caller, c.req.valid("json"), context);
      return c.body(null, 204);
    });
}

/** The token outlived the account. */
function accountGone(): never {
  throw new AuthError("TOKEN_INVALID", "The account was deleted or closed");
}
