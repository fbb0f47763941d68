// A client for any project: its types are made from openapi.json by openapi-typescript, and openapi-fetch calls by them.
// `npm run labs && npm run types:labs` makes them.
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import type { components, paths } from "./openapi-types.ts";

/** An account, as the document describes it. */
export type User = components["schemas"]["User"];

/** What one logs in with. */
export type Credentials = components["schemas"]["NewUser"];

/** Signs up, logs in, and asks who that is. @throws with the code of the problem where a step is refused. */
export async function introduce(origin: string, credentials: Credentials): Promise<User> {
  const api: Client<paths> = createClient<paths>({ baseUrl: origin });
  const signedUp = await api.POST("/users", { body: credentials });
  if (signedUp.error) throw new Error(signedUp.error.code);
  const loggedIn = await api.POST("/auth/login", { body: credentials });
  if (loggedIn.error) throw new Error(loggedIn.error.code);
  const { accessToken } = loggedIn.data;
  const me = await api.GET("/users/me", { headers: { Authorization: `Bearer ${accessToken}` } });
  if (me.error) throw new Error(me.error.code);
  return me.data;
}

/** Why a sign-up was refused: of the codes that this route has, and no others. */
export async function refusalOf(origin: string, credentials: Credentials) {
  const { error } = await createClient<paths>({ baseUrl: origin }).POST("/users", { body: credentials });
  return error?.code;
}
