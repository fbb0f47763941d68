// The secret that access tokens are signed with on this machine: made once, kept in the state folder.
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTokenSecret, parseTokenKeys } from "../../auth/token-keys.ts";
import { ConfigError } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables with `TOKEN_SECRETS` among them: as it is where it is set, otherwise the secret of the state
 * folder, which its owner alone can read. Tokens stay good over a restart.
 *
 * @throws {ConfigError} where `TOKEN_SECRETS` is set and cannot be used.
 * @throws {DevError} `TOKEN_SECRET_UNUSABLE` where the file holds something else.
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
  const secret = readIfPresent(file) ?? makeSecret(stateFolder, file);
  try {
    parseTokenKeys({ TOKEN_SECRETS: secret });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const message = `${file} holds no secret for tokens any more: remove it, and the next start makes a new one`;
    throw new DevError("TOKEN_SECRET_UNUSABLE", message, { cause });
  }
  return secret;
}

/** Written whole beside its place and then linked there: of two that start at once, both use the first one's. */
function makeSecret(stateFolder: string, file: string): string {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${createTokenSecret(randomBytes)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
