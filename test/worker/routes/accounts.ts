// Accounts for tests of the routes: signed up and logged in through the service, like anybody's.
import { createClient } from "@libsql/client/http";
import type { Role } from "../../../src/users/roles.ts";
import type { TestDatabase } from "../../support/database.ts";
import type { Answer, Service } from "./service.ts";

/** The password of every account made here. */
export const password = "correct horse battery";

/** An account and its first login. */
export interface Account {
  readonly id: number;
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs up and logs in. An administrator is made in the database, since no request can make one. */
export async function openAccount(
  service: Service,
  database: Pick<TestDatabase, "url">,
  email: string,
  role: Role = "user",
): Promise<Account> {
  const { status, json } = await service.send("POST", "/users", { email, password });
  if (status !== 201) throw new Error(`sign-up of ${email} answered ${status}: ${JSON.stringify(json)}`);
  const id = json["id"] as number;
  if (role !== "user") {
    await query(database, { sql: "UPDATE users SET role = ? WHERE id = ?", args: [role, id] });
  }
  return { id, email, ...(await logInAs(service, email)) };
}

/** A further login. @throws where it is refused. */
export async function logInAs(
  service: Service,
  email: string,
  given = password,
): Promise<Pick<Account, "accessToken" | "refreshToken">> {
  const answer = await service.send("POST", "/auth/login", { email, password: given });
  if (answer.status !== 200) throw new Error(`login of ${email} answered ${answer.status}: ${answer.text}`);
  return tokensOf(answer);
}

/** The tokens of an answer to a login or a refresh. */
export function tokensOf({ json }: Answer): Pick<Account, "accessToken" | "refreshToken"> {
  const { accessToken, refreshToken } = json;
  if (typeof accessToken !== "string" || typeof refreshToken !== "string") throw new Error("no tokens");
  return { accessToken, refreshToken };
}

/** Reads or changes the database beside the service. */
export async function query(
  { url }: Pick<TestDatabase, "url">,
  statement: string | { readonly sql: string; readonly args: (string | number | null)[] },
): Promise<Record<string, unknown>[]> {
  const client = createClient({ url });
  const { rows } = await (typeof statement === "string"
    ? client.execute(statement)
    : client.execute({
        ...statement,
        args: statement.args.map((value) => (typeof value === "number" ? BigInt(value) : value)),
      }));
  client.close();
  return rows.map((row) => ({ ...row }));
}
