// Access tokens for a test's server: an Ed25519 key pair of its own, and JWTs signed with it.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

import type { DatabaseTokens } from "./control-protocol.ts";

/** What a server is given to check tokens with, and tokens that it takes or refuses. */
export interface Credentials {
  /** The content of the server's key file: the bytes of the public key in base64url. */
  readonly publicKey: string;
  readonly tokens: DatabaseTokens;
}

/** Makes a key pair and its tokens. `now` is in milliseconds. */
export function createCredentials(now: number): Credentials {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  if (x === undefined) throw new Error("An Ed25519 key without a public part");
  const seconds = Math.floor(now / 1000);
  const hour = 3_600;
  const day = 24 * hour;
  return {
    publicKey: x,
    tokens: {
      readWrite: signToken({ a: "rw", exp: seconds + day }, privateKey),
      readOnly: signToken({ a: "ro", exp: seconds + day }, privateKey),
      expired: signToken({ a: "rw", exp: seconds - hour }, privateKey),
      otherDatabase: signToken({ a: "rw", id: "another", exp: seconds + day }, privateKey),
    },
  };
}

function signToken(claims: Readonly<Record<string, string | number>>, key: KeyObject): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${encode({ alg: "EdDSA", typ: "JWT" })}.${encode(claims)}`;
  return `${head}.${sign(null, Buffer.from(head), key).toString("base64url")}`;
}
