// A client in TypeScript beside the service: `hc` knows every route from the type of the app, without a build step.
import { hc } from "hono/client";
import type { App } from "../../../src/worker/app.ts";

/** What one logs in with. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Signs up, logs in, and asks who that is. @throws with the code of the problem where a step is refused. */
export async function introduce(origin: string, credentials: Credentials) {
  const api = hc<App>(origin);
  const signedUp = await api.users.$post({ json: credentials });
  if (!signedUp.ok) throw new Error(await codeOf(signedUp));
  const loggedIn = await api.auth.login.$post({ json: credentials });
  if (!loggedIn.ok) throw new Error(await codeOf(loggedIn));
  const { accessToken } = await loggedIn.json();
  const authorized = hc<App>(origin, { headers: { Authorization: `Bearer ${accessToken}` } });
  const me = await authorized.users.me.$get();
  if (!me.ok) throw new Error(await codeOf(me));
  return await me.json();
}

/** Failures are the same for every route, so that the type of the app does not repeat them. */
async function codeOf(response: { json(): Promise<unknown> }): Promise<string> {
  return ((await response.json()) as { readonly code: string }).code;
}
