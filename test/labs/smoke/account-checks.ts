// An account made, used and deleted through the deployed Worker. The only checks that write into a table of the product:
// one row of `users`, which goes away with them.
import type { Client } from "@libsql/client/http";
import { randomBytes } from "node:crypto";
import { expectSame, timed, Unexpected, type CheckGroup } from "./check.ts";
import { type Ask, askOf, expectStatus, jsonRequest, type WorkerAnswer } from "./worker-checks.ts";

/** What the checks work with. */
export interface AccountGround {
  readonly origin: string;
  /** Names the account. */
  readonly prefix: string;
  /** Looks at the database beside the Worker. */
  readonly client: Client;
}

const signUps = 3;

/** The two addresses that the account of a run has. */
function addressesOf(prefix: string): readonly [string, string] {
  return [`${prefix}a@example.com`, `${prefix}b@example.com`];
}

/** Removes the account, where the Worker did not; its logins go with it. */
export async function removeAccount(client: Client, prefix: string): Promise<void> {
  const args = [...addressesOf(prefix)];
  await client.execute({ sql: "DELETE FROM users WHERE email IN (?, ?)", args });
}

/** What the checks of one account know of one another. */
interface Account {
  readonly ask: Ask;
  readonly email: string;
  readonly otherEmail: string;
  readonly password: string;
  readonly tokens: { access: string; refresh: string };
  /** How many accounts with this address are in the database. */
  readonly count: (address: string) => Promise<number>;
}

/** The checks of an account; each goes on where the one before it ended. */
export function accountChecks({ origin, prefix, client }: AccountGround): CheckGroup {
  const [email, otherEmail] = addressesOf(prefix);
  const account: Account = {
    ask: askOf(origin),
    email,
    otherEmail,
    password: randomBytes(18).toString("base64url"),
    tokens: { access: "", refresh: "" },
    count: async (address) => {
      const statement = { sql: "SELECT count(*) AS found FROM users WHERE email = ?", args: [address] };
      return Number((await client.execute(statement)).rows[0]?.["found"]);
    },
  };
  const check = (name: string, run: (account: Account) => Promise<string>) => ({
    name,
    run: () => run(account),
  });
  return {
    title: "an account, through the Worker",
    isChain: true,
    checks: [
      check(`of ${signUps} sign-ups of one address at once one succeeds`, checkSignUp),
      check("the Worker and --database-url have one database", checkDatabase),
      check("login, and a change of address", checkLogin),
      check("a refresh token is good once", checkRefresh),
      check("the account is deleted", checkDeletion),
    ],
  };
}

async function checkSignUp({ ask, email, password }: Account): Promise<string> {
  const signUp = () => ask("/users", jsonRequest("POST", { email, password }));
  const [answers, ms] = await timed(() => Promise.all(Array.from({ length: signUps }, signUp)));
  expectSame("statuses", statusesOf(answers), [201, ...Array.from({ length: signUps - 1 }, () => 409)]);
  const isTold = answers.some(({ text }) => text.includes(password) || text.includes("scrypt"));
  if (isTold) throw new Unexpected("an answer has the password, or its hash");
  return `in ${ms} ms`;
}

async function checkDatabase({ count, email }: Account): Promise<string> {
  expectSame("accounts in the database", await count(email), 1);
  return "the account is there";
}

async function checkLogin({ ask, count, email, otherEmail, password, tokens }: Account): Promise<string> {
  const [login, ms] = await timed(() => ask("/auth/login", jsonRequest("POST", { email, password })));
  expectStatus(login, 200);
  tokens.access = String(login.json["accessToken"]);
  tokens.refresh = String(login.json["refreshToken"]);
  const change = jsonRequest("PATCH", { email: otherEmail }, tokens.access);
  expectStatus(await ask("/users/me", change), 200);
  expectSame("accounts in the database", [await count(email), await count(otherEmail)], [0, 1]);
  return `login in ${ms} ms`;
}

async function checkRefresh({ ask, tokens }: Account): Promise<string> {
  const refresh = () => ask("/auth/refresh", jsonRequest("POST", { refreshToken: tokens.refresh }));
  expectSame("statuses", statusesOf(await Promise.all([refresh(), refresh()])), [200, 401]);
  return "200 and 401";
}

async function checkDeletion({ ask, count, otherEmail, tokens }: Account): Promise<string> {
  const headers = { authorization: `Bearer ${tokens.access}` };
  expectStatus(await ask("/users/me", { method: "DELETE", headers }), 204);
  expectSame("accounts in the database", await count(otherEmail), 0);
  return "204, and its row is gone";
}

function statusesOf(answers: readonly WorkerAnswer[]): readonly number[] {
  return answers.map(({ status }) => status).toSorted((one, other) => one - other);
}
