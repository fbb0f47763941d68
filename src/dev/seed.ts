// The rows that development begins with: change them as you like. Run again, it adds what is missing and changes nothing.
// (The rows that proofs of revisions use are plain SQL, in drizzle/seed.sql.)
import type { Database } from "../database/drizzle.ts";
import { users } from "../schema/index.ts";

/** The password of every account of the seed. For development only: everybody knows it. */
export const seedPassword = "correct horse battery";

const accounts = [
  { email: "admin@example.com", role: "admin" },
  { email: "ada@example.com", role: "user" },
  { email: "grace@example.com", role: "user" },
] as const;

/**
 * Adds the accounts that are missing.
 *
 * @param hash makes the hash of a password.
 * @returns a line for each account, for people.
 */
export async function seed(
  db: Database,
  hash: (password: string) => Promise<string>,
): Promise<readonly string[]> {
  const password = await hash(seedPassword);
  const added = await db
    .insert(users)
    .values(accounts.map((account) => ({ ...account, password })))
    .onConflictDoNothing()
    .returning({ email: users.email });
  const isNew = (email: string) => added.some((one) => one.email === email);
  return accounts.map(
    ({ email, role }) =>
      `${isNew(email) ? "added" : "kept "}  ${role.padEnd(5)}  ${email}  password "${seedPassword}"`,
  );
}
