// Ways to break the doors: tokens, logins, passwords, throttles, and who may call what.
// A find text that no longer fits the code is reported before any test runs.
import type { Mutant } from "./runner.ts";
import { inFile, tests } from "./targets.ts";

const accessToken = "test/node/worker/access-token.test.ts";
const tokenKeys = "test/node/auth/token-keys.test.ts";
const refreshToken = "test/node/auth/refresh-token.test.ts";
const login = "test/worker/auth/login.test.ts";
const refresh = "test/worker/auth/refresh.test.ts";
const change = "test/worker/auth/password-change.test.ts";
const throttle = "test/worker/auth/throttle.test.ts";
const limit = "test/worker/auth/sign-in-limit.test.ts";
const races = "test/worker/auth/races.test.ts";
const accessTest = "test/worker/routes/access.test.ts";
const bearer = "test/worker/auth/bearer.test.ts";
const timing = "test/worker/auth/timing.test.ts";
const canary = "test/worker/auth/canary.test.ts";
const fuzz = "test/worker/routes/fuzz.test.ts";

/** Ways to break tokens, logins, passwords and throttles. */
const roomMutants: readonly Mutant[] = [
  ...inFile("src/worker/access-token.ts", [
    ["tokens", "{ alg, typ, iss: issuer,", "{ alg, iss: issuer,", [accessToken]],
    [
      "tokens",
      "typ, iss: issuer, aud: audience, ...times",
      "typ, aud: audience, ...times",
      [accessToken, bearer],
    ],
    ["tokens", "iss: issuer, aud: audience, ...times", "iss: issuer, ...times", [accessToken]],
    ["tokens", " || nbf !== undefined", "", [accessToken]],
    ["tokens", "now < exp && ", "", [accessToken]],
    ["tokens", "exp - iat <= accessTokenSeconds && ", "", [accessToken]],
    ["tokens", " && iat <= now + mostSkewSeconds", "", [accessToken]],
    ["tokens", "iat <= now + mostSkewSeconds", "iat <= now", [accessToken]],
    ["tokens", ' || typeof jti !== "string"', "", [accessToken]],
    ["tokens", "kid === named", "true", [accessToken]],
    ["tokens", "/^[1-9]\\d{0,15}$/.test(sub)", "true", [accessToken]],
  ]),
  ...inFile("src/auth/token-keys.ts", [
    ["tokens", "secret.length < leastBytes", "secret.length < 16", [tokenKeys]],
    [
      "tokens",
      "new Set(secret).size < leastDifferentBytes",
      "secret.every((byte) => byte === 0)",
      [tokenKeys],
    ],
    ["tokens", "texts.length > 2", "texts.length > 3", [tokenKeys]],
    [
      "secrecy",
      "throw fault(`has a part ${index + 1} that is not random`)",
      "throw fault(`has ${text}, that is not random`)",
      [tokenKeys, canary],
    ],
  ]),
  ...inFile("src/auth/refresh-token.ts", [
    [
      "tokens",
      'Buffer.from(token, "base64url").slice(0, familyBytes)',
      "randomBytes(familyBytes)",
      [refreshToken],
    ],
    [
      "secrecy",
      "tokenHash: sha256(bytes) }",
      'tokenHash: Buffer.from(bytes).toString("base64url") }',
      [refreshToken, login],
    ],
  ]),
  ...inFile("src/auth/auth-session.ts", [
    ["refresh", "          eq(authSessions.tokenHash, old.tokenHash),\n", "", [refresh]],
    ["refresh", "          gt(authSessions.expiresAt, now),\n", "", [refresh]],
    ["refresh", "          exists(mayLogIn),\n", "", [refresh]],
    [
      "reuse",
      "and(inFamily, ne(authSessions.tokenHash, renewed.tokenHash))",
      "and(inFamily, lte(authSessions.expiresAt, now))",
      [refresh, races],
    ],
    [
      "logout",
      "eq(authSessions.familyHash, hashes.familyHash)",
      "eq(authSessions.tokenHash, hashes.tokenHash)",
      [refresh, races],
    ],
  ]),
  ...inFile("src/auth/login-throttle.ts", [
    ["throttle", "counted.attempts <= mostAttempts", "counted.attempts <= mostAttempts + 1", [throttle]],
    [
      "throttle",
      "then ${now + throttleSeconds} else ${resetsAt} end",
      "then 0 else ${now} + 900 end",
      [throttle],
    ],
    ["throttle", "case when ${isOver} then 1 else ${attempts} + 1 end", "${attempts} + 1", [throttle]],
    ["throttle", "Math.max(1, counted.resetsAt - now)", "throttleSeconds", [throttle]],
    ["throttle", "hash(`account:${userId}`)", "hash(`account:`)", [change]],
    ["secrecy", "return hash(`email:${email}`)", "return `email:${email}`", [throttle]],
  ]),
  ...inFile("src/auth/login.ts", [
    [
      "throttle",
      "  requireAttempt(attempts, now);\n  const matches = await runHash(() => verifyPassword(account?.password, password,",
      "  const matches = await runHash(() => verifyPassword(account?.password, password,",
      [throttle],
    ],
    [
      "throttle",
      "  requireAttempt(attempts, now);\n  const matches = await runHash(() => verifyPassword(account?.password, oldPassword,",
      "  const matches = await runHash(() => verifyPassword(account?.password, oldPassword,",
      [change],
    ],
    ["throttle", "forgotten = forgetAttempts(db, subject)", 'forgotten = forgetAttempts(db, "")', [throttle]],
    ["login", "account.disabledAt !== null || ", "", [login]],
    [
      "login",
      "(await tryLogIn(db, credentials, context)) ?? (await tryLogIn(db, credentials, context))",
      "await tryLogIn(db, credentials, context)",
      [login],
    ],
    ["login", "eq(users.password, password), isNull(users.disabledAt)", "isNull(users.disabledAt)", [races]],
    [
      "login",
      "eq(users.password, password), isNull(users.disabledAt)",
      "eq(users.password, password)",
      [races],
    ],
    ["rehash", "isHashedAt(account.password, cost)", "true", [login]],
    ["rehash", "isHashedAt(account.password, cost)", "false", [login]],
    [
      "time",
      "await runHash(() => verifyPassword(account?.password, password, cost))",
      "account !== undefined && (await verifyPassword(account.password, password, cost))",
      [timing],
    ],
    [
      "password",
      "if (account === undefined || !matches) throw wrongPassword();",
      "if (account === undefined) throw wrongPassword();",
      [change],
    ],
    ["password", "ne(authSessions.id, sessionId), ", "", [change]],
    [
      "password",
      "ne(authSessions.id, sessionId), exists(changed)",
      "ne(authSessions.id, sessionId)",
      [races],
    ],
    [
      "password",
      ".set({ password: hash })\n    .where(and(eq(users.id, id), eq(users.password, password)))",
      ".set({ password: hash })\n    .where(eq(users.id, id))",
      [races],
    ],
    ["password", "if (rows.length === 0) throw wrongPassword();", "", [races]],
  ]),
  ...inFile("src/auth/password.ts", [
    ["time", "stored ?? decoy(cost)", "stored ?? decoy({ ln: 1, r: 8, p: 1 })", [timing]],
  ]),
];

/** Ways to leave a door open at the edge. */
const edgeMutants: readonly Mutant[] = [
  ...inFile("src/worker/middleware/access.ts", [
    [
      "access",
      'if (access === "anyone") return undefined;',
      'if (access !== "admin") return undefined;',
      [bearer],
    ],
    ["access", 'least === "admin" && caller.role !== "admin"', "false", [refresh]],
    ["access", "claims === undefined || !isRole(claims.role)", "claims === undefined", [bearer]],
    ["access", "/^Bearer +(", "/^(?:Bearer)? *(", [bearer]],
  ]),
  ...inFile("src/worker/sign-in-limit.ts", [
    ["limit", "outcome?.success === false", "outcome === undefined", [limit]],
    ["limit", '"CF-Connecting-IP"', '"X-Forwarded-For"', [limit]],
  ]),
  ...inFile("src/worker/route.ts", [
    ["limit", "if (limited === true) await limitSignIn(c);", "", [limit]],
    [
      "access",
      "  throw new TypeError(`${method} ${path} has no declaration",
      "  return undefined; throw new TypeError(`${method} ${path} has no declaration",
      [accessTest],
    ],
  ]),
  ...inFile("src/worker/fields.ts", [
    ["secrecy", 'message === notKnown ? "unknown fields" : field', "field", [canary]],
    ["S28", "unknown.length === 0 && unstorable.length === 0", "unknown.length === 0", [tests.fields, login]],
    ["S28", "faults.filter(({ field }) => !isUnstorable(field))", "faults", [tests.fields]],
  ]),
  ...inFile("src/worker/unstorable.ts", [
    ["S28", "open.push(name, member)", "open.push(member)", [tests.fields]],
  ]),
  ...inFile("src/users/caller.ts", [
    ["S25", ", isNull(users.disabledAt)", "", [tests.callerCheck]],
    ["S25", ", hasRole)", ")", [tests.callerCheck]],
  ]),
  ...inFile("src/worker/middleware/request-log.ts", [
    ["S23", 'await keepAlive(c, written, "streaming");', "", [tests.hangUp]],
    ["S23", "return end();", "return;", [tests.hangUp]],
    ["S23", ".finally(end)", "", [tests.hangUp]],
    [
      "secrecy",
      "...(ours || isForDeveloper ? { message: error.message } : {}),",
      "message: error.message,",
      [limit],
    ],
    ["secrecy", "(ours || isForDeveloper ? ", "(ours ? ", ["test/worker/development.test.ts"]],
  ]),
  ...inFile("src/worker/json-body.ts", [
    ["form", '"The body has to be JSON in UTF-8", { cause }', "String(cause), { cause }", [fuzz]],
  ]),
];

/** Ways to break the doors: tokens, logins, passwords, throttles, and who may call what. */
export const authMutants: readonly Mutant[] = [...roomMutants, ...edgeMutants];
