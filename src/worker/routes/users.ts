// The accounts, as administrators see them. Requests in, values of src/users, responses out.
import { Hono } from "hono/tiny";
import { changeUser, deleteUser, findUser, listUsers } from "../../users/user-repository.ts";
import type { AppEnv } from "../env.ts";
import { idOf, invalidFields } from "../fields.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { route } from "../route.ts";
import { user, userChangeFields, userPage, userQueryFields } from "./user-fields.ts";

/** `/users`, for administrators. Each request costs one database round trip. */
export function userRoutes({ unixTime }: Pick<Ports, "unixTime">) {
  const problems = ["USER_NOT_FOUND"];
  return (
    new Hono<AppEnv>()
      /**
       * List accounts.
       *
       * @id listUsers
       * @tag Administration
       * @answer Accounts in the order of their ids
       */
      .get(
        "/users",
        route({ access: "admin", query: userQueryFields, answers: { 200: userPage } }),
        async (c) => c.json(await listUsers(c.var.db, c.req.valid("query")), 200),
      )
      /**
       * Read an account.
       *
       * @id getUser
       * @tag Administration
       * @answer The account
       */
      .get("/users/:id", route({ access: "admin", answers: { 200: user }, problems }), async (c) =>
        c.json((await findUser(c.var.db, idOf(c) ?? noUser())) ?? noUser(), 200),
      )
      /**
       * Change a role, disable or enable an account. Disabling an account ends its logins.
       *
       * @id changeUser
       * @tag Administration
       * @body UserChanges
       * @answer The account after the change
       */
      .patch(
        "/users/:id",
        route({ access: "admin", json: userChangeFields, answers: { 200: user }, problems }),
        async (c) => {
          const changes = c.req.valid("json");
          if (Object.keys(changes).length === 0) {
            throw invalidFields([{ field: "body", message: "has to have role, disabled or both" }]);
          }
          const dated = { ...changes, now: unixTime() };
          return c.json((await changeUser(c.var.db, idOf(c) ?? noUser(), dated)) ?? noUser(), 200);
        },
      )
      /**
       * Delete an account.
       *
       * @id deleteUser
       * @tag Administration
       * @answer The account and its logins are gone
       */
      .delete("/users/:id", route({ access: "admin", answers: { 204: null }, problems }), async (c) => {
        if (!(await deleteUser(c.var.db, idOf(c) ?? noUser()))) noUser();
        return c.body(null, 204);
      })
  );
}

function noUser(): never {
  throw new RequestError("USER_NOT_FOUND", "No user has this id");
}
