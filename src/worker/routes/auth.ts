// Logging in, staying so, and logging out.
import { Hono } from "hono/tiny";
import { accessTokenSeconds, signAccessToken } from "../access-token.ts";
import { logOut, refreshLogin } from "../../auth/auth-session.ts";
import { logIn } from "../../auth/login.ts";
import type { LoggedIn } from "../../auth/login.ts";
import type { HashTurns } from "../../auth/hash-turns.ts";
import { roleOf } from "../../users/roles.ts";
import { settingsOf, tokenContextOf } from "../env.ts";
import type { AppEnv, HasBindings } from "../env.ts";
import type { Ports } from "../ports.ts";
import { route } from "../route.ts";
import { loginFields, refreshTokenFields, tokens } from "./user-fields.ts";

type AuthPorts = Pick<Ports, "randomBytes" | "unixTime" | "newId"> & { readonly hashTurns: HashTurns };

/** `/auth`. One database round trip each; two for a login. */
export function authRoutes({ randomBytes, unixTime, newId, hashTurns }: AuthPorts) {
  function tokensOf(c: HasBindings, login: LoggedIn, now: number) {
    const { userId, sessionId, refreshToken } = login;
    const claims = { userId, sessionId, role: roleOf(login.role) };
    const accessToken = signAccessToken(claims, tokenContextOf(c, now), newId());
    return { accessToken, tokenType: "Bearer", expiresIn: accessTokenSeconds, refreshToken } as const;
  }

  return (
    new Hono<AppEnv>()
      /**
       * Log in. An unknown address, a wrong password and a disabled account get the same answer. After ten attempts without
       * success for one address, further ones are refused for up to 15 minutes, the right password included.
       *
       * @id logIn
       * @tag Login
       * @body Credentials
       * @answer An access token and a refresh token
       */
      .post(
        "/auth/login",
        route({
          access: "anyone",
          limited: true,
          json: loginFields,
          answers: { 200: tokens },
          problems: ["CREDENTIALS_INVALID", "TOO_MANY_ATTEMPTS", "SERVER_BUSY"],
        }),
        async (c) => {
          const now = unixTime();
          const context = { cost: settingsOf(c).passwordCost, randomBytes, hashTurns, now };
          return c.json(tokensOf(c, await logIn(c.var.db, c.req.valid("json"), context), now), 200);
        },
      )
      /**
       * Get new tokens. Each refresh token is good once. One that comes a second time ends the login it belongs to.
       *
       * @id refresh
       * @tag Login
       * @body RefreshToken
       * @answer New tokens, which replace the old ones
       */
      .post(
        "/auth/refresh",
        route({
          access: "anyone",
          json: refreshTokenFields,
          answers: { 200: tokens },
          problems: ["REFRESH_TOKEN_INVALID"],
        }),
        async (c) => {
          const now = unixTime();
          const login = await refreshLogin(c.var.db, c.req.valid("json").refreshToken, { randomBytes, now });
          return c.json(tokensOf(c, login, now), 200);
        },
      )
      /**
       * Log out. Refreshing ends at once; the access token ends by itself within five minutes.
       *
       * @id logOut
       * @tag Login
       * @body RefreshToken
       * @answer The login is over, or never was
       */
      .post(
        "/auth/logout",
        route({ access: "anyone", json: refreshTokenFields, answers: { 204: null } }),
        async (c) => {
          await logOut(c.var.db, c.req.valid("json").refreshToken);
          return c.body(null, 204);
        },
      )
  );
}
