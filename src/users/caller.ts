// The caller of a request, and whether the account still has what its token says: a token is good for minutes, and meanwhile
// the account may be deleted, disabled, or have another role.
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Column, SQL } from "drizzle-orm";
import { QueryBuilder } from "drizzle-orm/sqlite-core";
import type { Statement } from "../database/session-core.ts";
import { users } from "../schema/index.ts";
import { roles } from "./roles.ts";
import type { Role } from "./roles.ts";

/** The caller, by a good access token. The role is the one that the token was signed with. */
export interface Caller {
  readonly userId: number;
  /** The login that the token belongs to. */
  readonly sessionId: number;
  readonly role: Role;
}

/** The rows that a caller may change: its own; an administrator may change all. For the WHERE of a statement. */
export function ownedBy(column: Column, { userId, role }: Caller): SQL | undefined {
  return role === "admin" ? undefined : eq(column, userId);
}

/** The text for each role, made once; the id is its first parameter. */
const queries = { user: queryFor("user"), admin: queryFor("admin") } satisfies Record<Role, unknown>;

/** The statement that finds the account with this id while it is enabled and may do at least what a role may. */
export function findCaller(id: number, least: Role): Statement {
  const { sql: text, params } = queries[least];
  return { sql: text, args: [id, ...(params.slice(1) as string[])] };
}

function queryFor(least: Role) {
  // Any account may do what the least role may, whatever its column holds.
  const hasRole = least === roles[0] ? undefined : inArray(users.role, roles.slice(roles.indexOf(least)));
  const isOpen = and(eq(users.id, sql.placeholder("id")), isNull(users.disabledAt), hasRole);
  return new QueryBuilder().select({ id: users.id }).from(users).where(isOpen).toSQL();
}
