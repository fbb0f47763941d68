// Roles: what an account may do beside looking after itself.

/** Every role, the least first. */
export const roles = ["user", "admin"] as const;

/** One of {@link roles}. */
export type Role = (typeof roles)[number];

/** Whether text names a role. */
export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** The role of an account by what is stored of it: whatever is not `admin` may do nothing more. */
export function roleOf(stored: string | null): Role {
  return stored === "admin" ? "admin" : "user";
}
