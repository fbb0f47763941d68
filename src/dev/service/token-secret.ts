// The secret that access tokens are signed with on this machine: made once, kept in the state folder.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createTokenSecret, parseTokenKeys } from "../../auth/token-keys.ts";
import { ConfigError } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";
import { readIfPresent, writeOnce } from "./private-file.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables with `TOKEN_SECRETS` among them: as it is if it is set, otherwise the secret of the state
 * folder, which its owner alone can read. Tokens stay good over a restart.
 *
 * @throws {ConfigError} if `TOKEN_SECRETS` is set and cannot be used.
 * @throws {DevError} `TOKEN_SECRET_UNUSABLE` if the file holds something else.
 */
export function withTokenSecrets(variables: Variables, stateFolder: string): Variables {
  if ((variables["TOKEN_SECRETS"]?.trim() ?? "") !== "") {
    parseTokenKeys(variables);
    return variables;
  }
  return { ...variables, TOKEN_SECRETS: readOrMakeSecret(stateFolder) };
}

function readOrMakeSecret(stateFolder: string): string {
  const file = join(stateFolder, "token-secret");
  if (readIfPresent(file) === undefined) writeOnce(file, `${createTokenSecret(randomBytes)}\n`);
  const secret = (readIfPresent(file) ?? "").trim();
  try {
    parseTokenKeys({ TOKEN_SECRETS: secret });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const message = `${file} holds no secret for tokens any more: remove it, and the next start makes a new one`;
    throw new DevError("TOKEN_SECRET_UNUSABLE", message, { cause });
  }
  return secret;
}
