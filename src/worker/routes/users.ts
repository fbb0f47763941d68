// The users routes: requests in, values of src/users and src/auth, responses out. Rules live there.
import { Hono } from "hono/tiny";
import type { Context } from "hono";
import { hashPassword } from "../../auth/password.ts";
import { parseUserId } from "../../users/cursor.ts";
import { changeUser, createUser, deleteUser, findUser, listUsers } from "../../users/user-repository.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { invalidFields, jsonFields, queryFields } from "../fields.ts";
import { signInLimit } from "../middleware/sign-in-limit.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { newUserFields, refusedUserFields, userChangeFields, userQueryFields } from "./user-fields.ts";

/** `/users`: sign-up for anyone, the rest for administrators. Each request costs one database round trip. */
export function userRoutes({ randomBytes, unixTime }: Pick<Ports, "randomBytes" | "unixTime">) {
  return new Hono<AppEnv>()
    .post("/", signInLimit, jsonFields(newUserFields, refusedUserFields), async (c) => {
      const { email, password } = c.req.valid("json");
      const hash = await hashPassword(password, settingsOf(c).passwordCost, randomBytes);
      const user = await createUser(c.var.db, { email, password: hash });
      return c.json(user, 201, { Location: `/users/${user.id}` });
    })
    .get("/", queryFields(userQueryFields), async (c) => {
      const { cursor, ...query } = c.req.valid("query");
      const page = await listUsers(
        c.var.db,
        c.var.caller.userId,
        cursor === undefined ? query : { ...query, after: cursor },
      );
      return c.json(page, 200);
    })
    .get("/:id", async (c) =>
      c.json((await findUser(c.var.db, c.var.caller.userId, idOf(c))) ?? noUser(), 200),
    )
    .patch("/:id", jsonFields(userChangeFields), async (c) => {
      const changes = c.req.valid("json");
      if (Object.keys(changes).length === 0) {
        throw invalidFields([{ field: "body", message: "has to have role, disabled or both" }]);
      }
      const dated = { ...changes, now: unixTime() };
      return c.json((await changeUser(c.var.db, c.var.caller.userId, idOf(c), dated)) ?? noUser(), 200);
    })
    .delete("/:id", async (c) => {
      if (!(await deleteUser(c.var.db, c.var.caller.userId, idOf(c)))) noUser();
      return c.body(null, 204);
    });
}

/** Text that is no id names no user: the same answer as for an id that nobody has. */
function idOf(c: Context<AppEnv>): number {
  return parseUserId(c.req.param("id") ?? "") ?? noUser();
}

function noUser(): never {
  throw new RequestError("USER_NOT_FOUND", "No user has this id");
}
