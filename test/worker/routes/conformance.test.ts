// Shows that the check which every answer in these tests passes can fail, for each thing that it looks at.
import { describe, expect, it } from "vitest";
import { expectConforms } from "../../support/conformance.ts";

const requestId = "37674122-c479-4623-8831-bfcbf0fa22a4";
const user = { id: 1, email: "ada@example.com", role: "user", disabled: false };
const wrongFields = {
  type: "urn:eaves:problem:invalid-fields",
  title: "Some fields are not valid",
  status: 422,
  code: "FIELDS_INVALID",
  errors: [{ field: "email", message: "is required" }],
  requestId,
};
const noToken = {
  type: "urn:eaves:problem:unauthenticated",
  title: "An access token is needed",
  status: 401,
  code: "TOKEN_MISSING",
  requestId,
};
const challenge = { "WWW-Authenticate": "Bearer" };

function check(
  request: string,
  status: number,
  body: unknown,
  { type, ...headers }: Readonly<Record<string, string | undefined>> = {},
): () => void {
  const [method = "", path = ""] = request.split(" ");
  const sent = new Headers({
    "Content-Type": type ?? (status < 400 ? "application/json" : "application/problem+json"),
  });
  for (const [name, value] of Object.entries({ "X-Request-Id": requestId, ...headers }))
    if (value !== undefined) sent.set(name, value);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return () => expectConforms(method, path, { status, headers: sent, text });
}

describe("expectConforms", () => {
  it.each([
    ["an answer as described", check("GET /users/1?x=1", 200, user)],
    ["HEAD without a body", check("HEAD /users/1", 200, "")],
    ["an answer without a body", check("DELETE /users/me/", 204, "")],
    ["an answer with what its status needs", check("POST /users", 201, user, { Location: "/users/1" })],
    ["a problem as described", check("POST /users", 422, wrongFields)],
    ["a challenge", check("GET /users/me", 401, noToken, challenge)],
    ["a problem of an unknown address", check("GET /nothing", 404, { ...wrongFields, status: 404 })],
    ["OPTIONS", check("OPTIONS /users", 204, "")],
  ])("takes %s", (_, checked) => {
    expect(checked).not.toThrow();
  });

  it.each([
    ["a status that is not described", check("GET /users/1", 418, user), "status is not described"],
    ["a problem that another route has", check("GET /users/1", 409, wrongFields), "status is not described"],
    ["a missing member", check("GET /users/1", 200, { ...user, role: undefined }), "role"],
    ["a member too many", check("GET /users/1", 200, { ...user, password: "$scrypt$…" }), "password"],
    [
      "one in a list",
      check("GET /users", 200, { users: [{ ...user, disabledAt: 1 }], next: null }),
      "disabledAt",
    ],
    ["a value of another type", check("GET /users/1", 200, { ...user, id: "1" }), "#/id"],
    ["a value out of its list", check("GET /users/1", 200, { ...user, role: "root" }), "#/role"],
    ["a code of another route", check("POST /users", 422, { ...wrongFields, code: "NOT_READY" }), "#/code"],
    [
      "a status in the body that is another",
      check("POST /users", 422, { ...wrongFields, status: 400 }),
      "#/status",
    ],
    ["a problem with a stack", check("POST /users", 422, { ...wrongFields, stack: "at x" }), "stack"],
    ["another media type", check("GET /users/1", 200, user, { type: "text/html" }), "text/html"],
    ["a body that is not JSON", check("GET /users/1", 200, "{"), "not JSON"],
    ["a body where none is described", check("DELETE /users/me", 204, user), "none is described"],
    [
      "no request id",
      check("GET /users/1", 200, user, { "X-Request-Id": undefined }),
      "X-Request-Id is missing",
    ],
    ["no challenge", check("GET /users/me", 401, noToken), "WWW-Authenticate is missing"],
    [
      "a Retry-After that is no number",
      check("POST /auth/login", 429, { ...noToken, status: 429 }, { "Retry-After": "soon" }),
      "Retry-After",
    ],
    ["an operation that is not described", check("GET /nothing", 200, user), "no such operation"],
    ["an unknown address without a problem", check("GET /nothing", 404, { error: "Not Found" }), "code"],
  ])("refuses %s", (_, checked, words) => {
    expect(checked).toThrow(words);
  });
});
