// The users routes: requests in, values of src/users and src/auth, responses out. Rules live there.
import { Hono } from "hono/tiny";
import type { Context } from "hono";
import { hashPassword } from "../../auth/password.ts";
import { parseUserId } from "../../users/cursor.ts";
import { createUser, deleteUser, findUser, listUsers, updateUser } from "../../users/user-repository.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { invalidFields, parseFields } from "../fields.ts";
import { readJsonBody } from "../json-body.ts";
import { databaseSession } from "../middleware/database-session.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { newUserFields, refusedUserFields, userChangeFields, userQueryFields } from "./user-fields.ts";

/** `/users`; each request costs one database round trip. */
export function userRoutes({ randomBytes }: Pick<Ports, "randomBytes">): Hono<AppEnv> {
  const hash = (c: Context<AppEnv>, password: string) =>
    hashPassword(password, settingsOf(c).passwordCost, randomBytes);

  return new Hono<AppEnv>()
    .use(databaseSession())
    .post("/", async (c) => {
      const { email, password } = parseFields(newUserFields, await readJsonBody(c), refusedUserFields);
      const user = await createUser(c.var.db, { email, password: await hash(c, password) });
      return c.json(user, 201, { Location: `/users/${user.id}` });
    })
    .get("/", async (c) => {
      const { cursor, ...query } = parseFields(userQueryFields, queryOf(c));
      return c.json(await listUsers(c.var.db, cursor === undefined ? query : { ...query, after: cursor }));
    })
    .get("/:id", async (c) => {
      return c.json((await findUser(c.var.db, idOf(c))) ?? noUser());
    })
    .patch("/:id", async (c) => {
      const id = idOf(c);
      const changes = parseFields(userChangeFields, await readJsonBody(c), refusedUserFields);
      if (Object.keys(changes).length === 0) {
        throw invalidFields([{ field: "body", message: "has to have email, password or both" }]);
      }
      const { password } = changes;
      const stored = password === undefined ? changes : { ...changes, password: await hash(c, password) };
      return c.json((await updateUser(c.var.db, id, stored)) ?? noUser());
    })
    .delete("/:id", async (c) => {
      if (!(await deleteUser(c.var.db, idOf(c)))) noUser();
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

function queryOf(c: Context<AppEnv>): Record<string, string | string[] | undefined> {
  const all = Object.entries(c.req.queries());
  return Object.fromEntries(all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}
