// Logging in, staying so, and logging out.
import { Hono } from "hono/tiny";
import type { Context } from "hono";
import { accessTokenSeconds, signAccessToken } from "../../auth/access-token.ts";
import { logOut, refreshLogin } from "../../auth/auth-session.ts";
import { logIn } from "../../auth/login.ts";
import type { LoggedIn } from "../../auth/login.ts";
import { roleOf } from "../../users/roles.ts";
import { settingsOf, tokenContextOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { jsonFields } from "../fields.ts";
import { signInLimit } from "../middleware/sign-in-limit.ts";
import type { Ports } from "../ports.ts";
import { loginFields, refreshTokenFields } from "./user-fields.ts";

/** What a login and a refresh answer. */
export interface Tokens {
  readonly accessToken: string;
  readonly tokenType: "Bearer";
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  /** Good for one refresh. */
  readonly refreshToken: string;
}

/** `/auth`. One database round trip each; two for a login. */
export function authRoutes({
  randomBytes,
  unixTime,
  newId,
}: Pick<Ports, "randomBytes" | "unixTime" | "newId">) {
  async function tokensOf(c: Context<AppEnv>, login: LoggedIn, now: number): Promise<Tokens> {
    const { userId, sessionId, refreshToken } = login;
    const claims = { userId, sessionId, role: roleOf(login.role) };
    const accessToken = await signAccessToken(claims, tokenContextOf(c, now), newId());
    return { accessToken, tokenType: "Bearer", expiresIn: accessTokenSeconds, refreshToken };
  }

  return new Hono<AppEnv>()
    .post("/login", signInLimit, jsonFields(loginFields), async (c) => {
      const now = unixTime();
      const context = { cost: settingsOf(c).passwordCost, randomBytes, now };
      return c.json(await tokensOf(c, await logIn(c.var.db, c.req.valid("json"), context), now), 200);
    })
    .post("/refresh", jsonFields(refreshTokenFields), async (c) => {
      const now = unixTime();
      const login = await refreshLogin(c.var.db, c.req.valid("json").refreshToken, { randomBytes, now });
      return c.json(await tokensOf(c, login, now), 200);
    })
    .post("/logout", jsonFields(refreshTokenFields), async (c) => {
      await logOut(c.var.db, c.req.valid("json").refreshToken);
      return c.body(null, 204);
    });
}
