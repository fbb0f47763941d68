// Every table of the service; what Drizzle and drizzle-kit are given.
export { users } from "./users.ts";
