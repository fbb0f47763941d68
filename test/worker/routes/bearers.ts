// Everybody who may come with a token, or without: two whom the service knows, and many whom it must not.
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { testSecret } from "./service.ts";

/** The secret that is on its way out: it signs nothing more, and what it signed is still good. */
export const olderSecret = "Zr8vM1xK5tQ0yB7nWc3aJ9hLd2eFg6uSp4oVIiTXEmY";
const foreignSecret = "a0KXb9LYc8MZd7NWe6OVf5PUg4QTh3RSi2SRj1TQk0U";

const [ours, older] = parseTokenKeys({ TOKEN_SECRETS: `${testSecret},${olderSecret}` });
const [foreign] = parseTokenKeys({ TOKEN_SECRETS: foreignSecret });
if (older === undefined) throw new Error("There is no second key");

/** Whom a token names: an account, and a login of it. */
export interface Named {
  readonly id: number;
  readonly refreshToken: string;
}

interface Parts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly secret?: Uint8Array;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** A token like the service's own for an administrator, but for the parts that are given. */
export async function forge(
  { id }: Named,
  { header, claims, secret = ours.secret }: Parts = {},
): Promise<string> {
  const whole = {
    iss: "urn:eaves:development",
    aud: "urn:eaves:api",
    sub: String(id),
    sid: 1,
    role: "admin",
    jti: "forged",
    iat: now(),
    exp: now() + 300,
  };
  const signed = `${json({ alg: "HS256", typ: "at+jwt", kid: ours.kid, ...header })}.${json({ ...whole, ...claims })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const bearer = (token: string): string => `Bearer ${token}`;

/** The headers `Authorization` that are as good as none: each differs from a good one in one thing. */
export const strangers: readonly (readonly [what: string, header: (named: Named) => Promise<string>])[] = [
  ["rubbish", async () => bearer("rubbish")],
  ["an empty token", async () => "Bearer "],
  ["another scheme", async (named) => `Basic ${await forge(named)}`],
  ["no scheme", (named) => forge(named)],
  ["two tokens", async (named) => `${bearer(await forge(named))} ${await forge(named)}`],
  ["a refresh token", async ({ refreshToken }) => bearer(refreshToken)],
  ...made("an expired token", () => ({ claims: { iat: now() - 301, exp: now() - 1 } })),
  ...made("a token that expires now", () => ({ claims: { iat: now() - 300, exp: now() } })),
  ...made("an old token that says it lives longer", () => ({
    claims: { iat: now() - 301, exp: now() + 3600 },
  })),
  ...made("a token that never expires", () => ({ claims: { exp: undefined } })),
  ...made("a token of nobody knows when", () => ({ claims: { iat: undefined } })),
  ...made("a token from the future", () => ({ claims: { iat: now() + 60, exp: now() + 360 } })),
  ...made("another issuer", () => ({ claims: { iss: "urn:eaves:production" } })),
  ...made("no issuer", () => ({ claims: { iss: undefined } })),
  ...made("another audience", () => ({ claims: { aud: "urn:other:api" } })),
  ...made("no audience", () => ({ claims: { aud: undefined } })),
  ...made("another type", () => ({ header: { typ: "JWT" } })),
  ...made("no type", () => ({ header: { typ: undefined } })),
  ...made("another algorithm", () => ({ header: { alg: "HS512" } })),
  ...made("an unknown key", () => ({ header: { kid: foreign.kid }, secret: foreign.secret })),
  ...made("an unknown secret under the name of ours", () => ({ secret: foreign.secret })),
  ...made("the name of another live key", () => ({ header: { kid: older.kid } })),
  ...made("no key", () => ({ header: { kid: undefined } })),
  ...made("a role that is none", () => ({ claims: { role: "owner" } })),
  ...made("no role", () => ({ claims: { role: undefined } })),
  ...made("nobody's name", () => ({ claims: { sub: "me" } })),
  ...made("no login", () => ({ claims: { sid: undefined } })),
  ...made("a login that is no number", () => ({ claims: { sid: "1" } })),
  [
    "the algorithm none",
    async (named) => {
      const [, payload = ""] = (await forge(named)).split(".");
      return bearer(`${json({ alg: "none", typ: "at+jwt", kid: ours.kid })}.${payload}.`);
    },
  ],
  [
    "a role that was raised afterwards",
    async (named) => {
      const [header = "", , signature = ""] = (await forge(named, { claims: { role: "user" } })).split(".");
      const [, payload = ""] = (await forge(named)).split(".");
      return bearer(`${header}.${payload}.${signature}`);
    },
  ],
];

/** Whom the service has to let in. */
export const friends: readonly (readonly [what: string, header: (named: Named) => Promise<string>])[] = [
  ["a token like ours", async (named) => bearer(await forge(named))],
  [
    "the second live key",
    async (named) => bearer(await forge(named, { header: { kid: older.kid }, secret: older.secret })),
  ],
  ["the scheme in another case", async (named) => `bearer  ${await forge(named)}`],
];

function made(what: string, parts: () => Parts): typeof strangers {
  return [[what, async (named) => bearer(await forge(named, parts()))]];
}
