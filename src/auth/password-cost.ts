// What hashing a password costs: the scrypt parameters, their default and the least that is allowed.
import { ConfigError } from "../database/config.ts";

/** scrypt's parameters: N is 2^`ln`. Memory is 128 * N * `r` bytes. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and some 0.4 s of CPU: the costliest of OWASP's settings which Workers take (N*r*p <= 2^20). */
export const defaultPasswordCost: PasswordCost = { ln: 15, r: 8, p: 3 };

/** Settings of equal strength. Source: OWASP Password Storage Cheat Sheet, scrypt. */
const owaspSettings: readonly PasswordCost[] = [
  { ln: 17, r: 8, p: 1 },
  { ln: 16, r: 8, p: 2 },
  { ln: 15, r: 8, p: 3 },
  { ln: 14, r: 8, p: 5 },
  { ln: 13, r: 8, p: 10 },
];

const variable = "PASSWORD_SCRYPT";

/**
 * Reads `PASSWORD_SCRYPT`, such as `ln=14,r=8,p=5`; {@link defaultPasswordCost} if it is not set.
 * A setting weaker than OWASP's is for development and tests only.
 *
 * @throws {ConfigError}
 */
export function parsePasswordCost(
  variables: Readonly<Record<string, unknown>>,
  isDevelopment: boolean,
): PasswordCost {
  const value = variables[variable];
  const text = typeof value === "string" ? value.trim() : "";
  if (text === "") return defaultPasswordCost;
  const cost = readPasswordCost(text);
  if (cost === undefined) {
    const message = `is "${text}": expected scrypt parameters like ln=15,r=8,p=3 with 2^ln * r * p of at most 2^20`;
    throw new ConfigError([{ variable, message }]);
  }
  if (!isDevelopment && !isStrong(cost)) {
    const least = owaspSettings.map(writePasswordCost).join(" or ");
    throw new ConfigError([
      { variable, message: `is "${text}", too weak outside development: use ${least}` },
    ]);
  }
  return cost;
}

/** The parameters as a PHC string has them, or undefined if they are not usable by {@link isUsable}'s bounds. */
export function readPasswordCost(text: string): PasswordCost | undefined {
  const match = /^ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const cost = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  return isUsable(cost) ? cost : undefined;
}

/** The form that {@link readPasswordCost} reads. */
export function writePasswordCost({ ln, r, p }: PasswordCost): string {
  return `ln=${ln},r=${r},p=${p}`;
}

/** The bound is the runtime's own; a stored hash beyond it must not be able to occupy the Worker. */
function isUsable({ ln, r, p }: PasswordCost): boolean {
  return ln >= 1 && r >= 1 && p >= 1 && 2 ** ln * r * p <= 2 ** 20;
}

function isStrong(cost: PasswordCost): boolean {
  return owaspSettings.some(({ ln, r, p }) => cost.ln >= ln && cost.r >= r && cost.p >= p);
}
