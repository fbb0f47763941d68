// Every table of the service; what Drizzle and drizzle-kit are given.
export { authSessions } from "./auth-sessions.ts";
export { loginThrottles } from "./login-throttles.ts";
export { users } from "./users.ts";
