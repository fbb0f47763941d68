// Every route in words. A route that is not here, or an entry that has no route, fails the build of the document.
import type { Operation, Success } from "./operation.ts";
import { health, readiness, tokens, user, userPage } from "./schemas.ts";

const account = (description: string): Success => ({ status: 200, description, body: user });
const nothing = (description: string): Success => ({ status: 204, description });

const login: Readonly<Record<string, Operation>> = {
  "POST /auth/login": {
    id: "logIn",
    tag: "Login",
    summary: "Log in",
    description:
      "An unknown address, a wrong password and a closed account get the same answer. Ten attempts without success " +
      "for one address close it to further ones for up to 15 minutes, the right password included.",
    request: { ref: "Credentials" },
    success: { status: 200, description: "An access token and a refresh token", body: tokens },
    problems: ["CREDENTIALS_INVALID", "TOO_MANY_ATTEMPTS"],
    database: "write",
  },
  "POST /auth/refresh": {
    id: "refresh",
    tag: "Login",
    summary: "Get new tokens",
    description:
      "Each refresh token is good once. One that comes a second time ends the login it belongs to.",
    request: { ref: "RefreshToken" },
    success: { status: 200, description: "New tokens, which replace the old ones", body: tokens },
    problems: ["REFRESH_TOKEN_INVALID"],
    database: "write",
  },
  "POST /auth/logout": {
    id: "logOut",
    tag: "Login",
    summary: "Log out",
    description: "Refreshing ends at once; the access token ends by itself within five minutes.",
    request: { ref: "RefreshToken" },
    success: nothing("The login is over, or never was"),
    database: "write",
  },
};

const ownAccount: Readonly<Record<string, Operation>> = {
  "POST /users": {
    id: "signUp",
    tag: "Account",
    summary: "Sign up",
    request: { ref: "NewUser" },
    success: { status: 201, description: "The new account", body: user, located: true },
    problems: ["UNIQUE_VIOLATION"],
    database: "write",
  },
  "GET /users/me": {
    id: "getMe",
    tag: "Account",
    summary: "Read the own account",
    success: account("The caller's account"),
    database: "read",
  },
  "PATCH /users/me": {
    id: "changeMe",
    tag: "Account",
    summary: "Change the own account",
    request: { ref: "AccountChanges" },
    success: account("The account after the change"),
    problems: ["UNIQUE_VIOLATION"],
    database: "write",
  },
  "DELETE /users/me": {
    id: "deleteMe",
    tag: "Account",
    summary: "Delete the own account",
    success: nothing("The account and its logins are gone"),
    database: "write",
  },
  "POST /users/me/password": {
    id: "changePassword",
    tag: "Account",
    summary: "Change the password",
    description: "Ends every other login of the account.",
    request: { ref: "PasswordChange" },
    success: nothing("The new password is in force"),
    problems: ["PASSWORD_WRONG", "TOO_MANY_ATTEMPTS"],
    database: "write",
  },
};

const administration: Readonly<Record<string, Operation>> = {
  "GET /users": {
    id: "listUsers",
    tag: "Administration",
    summary: "List accounts",
    success: { status: 200, description: "Accounts in the order of their ids", body: userPage },
    database: "read",
  },
  "GET /users/:id": {
    id: "getUser",
    tag: "Administration",
    summary: "Read an account",
    success: account("The account"),
    problems: ["USER_NOT_FOUND"],
    database: "read",
  },
  "PATCH /users/:id": {
    id: "changeUser",
    tag: "Administration",
    summary: "Change a role, close or open an account",
    description: "Closing an account ends its logins.",
    request: { ref: "UserChanges", minProperties: 1 },
    success: account("The account after the change"),
    problems: ["USER_NOT_FOUND"],
    database: "write",
  },
  "DELETE /users/:id": {
    id: "deleteUser",
    tag: "Administration",
    summary: "Delete an account",
    success: nothing("The account and its logins are gone"),
    problems: ["USER_NOT_FOUND"],
    database: "write",
  },
};

const service: Readonly<Record<string, Operation>> = {
  "GET /health": {
    id: "getHealth",
    tag: "Service",
    summary: "Whether the service runs",
    success: { status: 200, description: "It runs", body: health },
    database: "none",
  },
  "GET /ready": {
    id: "getReadiness",
    tag: "Service",
    summary: "Whether the service can do its work",
    success: { status: 200, description: "It can", body: readiness },
    problems: ["NOT_READY"],
    database: "read",
  },
};

/** Every operation by method and path, as Hono writes it. */
export const operations: Readonly<Record<string, Operation>> = {
  ...login,
  ...ownAccount,
  ...administration,
  ...service,
};
