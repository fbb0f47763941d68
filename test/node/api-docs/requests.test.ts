// What the document says of requests, against the code that checks them: they agree, value by value.
import { type Schema, Validator } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";

import { buildDocument } from "../../../src/api-docs/document.ts";
import { parseFields } from "../../../src/worker/fields.ts";
import {
  loginFields,
  newUserFields,
  ownChangeFields,
  passwordChangeFields,
  refreshTokenFields,
  userChangeFields,
  userQueryFields,
} from "../../../src/worker/routes/user-fields.ts";

const document = await buildDocument();

function isDescribed(name: string, body: unknown): boolean {
  const schema = document.components?.schemas?.[name];
  if (schema === undefined) throw new Error(`The document has no schema ${name}`);
  return new Validator(schema, "2020-12").validate(body).valid;
}

function isTaken(fields: Parameters<typeof parseFields>[0], body: unknown): boolean {
  try {
    parseFields(fields, body);
    return true;
  } catch {
    return false;
  }
}

const email = "ada@example.com";
const password = "correct horse battery";

describe("the bodies in the document", () => {
  it.each([
    ["NewUser", newUserFields, { email, password }, true],
    ["NewUser", newUserFields, { email: "ä@bücher.example", password: "😀".repeat(128) }, true],
    ["NewUser", newUserFields, { email, password: "12-4567" }, false],
    ["NewUser", newUserFields, { email, password: "x".repeat(129) }, false],
    ["NewUser", newUserFields, { email: `${"x".repeat(300)}@example.com`, password }, false],
    ["NewUser", newUserFields, { email: 5, password }, false],
    ["NewUser", newUserFields, { email }, false],
    ["NewUser", newUserFields, { email, password, role: "admin" }, false],
    ["Credentials", loginFields, { email: "no address", password: "x" }, true],
    ["Credentials", loginFields, { email, password: "x".repeat(1025) }, false],
    ["Credentials", loginFields, { email: null, password }, false],
    ["RefreshToken", refreshTokenFields, { refreshToken: "x" }, true],
    ["RefreshToken", refreshTokenFields, { refreshToken: "x".repeat(1025) }, false],
    ["AccountChanges", ownChangeFields, { email }, true],
    ["AccountChanges", ownChangeFields, {}, false],
    ["PasswordChange", passwordChangeFields, { oldPassword: "x", newPassword: password }, true],
    ["PasswordChange", passwordChangeFields, { oldPassword: password, newPassword: "x" }, false],
    ["UserChanges", userChangeFields, { role: "admin", disabled: true }, true],
    ["UserChanges", userChangeFields, { role: "root" }, false],
    ["UserChanges", userChangeFields, { disabled: "yes" }, false],
  ])("%s is what the service takes (%#)", (name, fields, body, expected) => {
    expect(isDescribed(name, body)).toBe(expected);
    expect(isTaken(fields, body)).toBe(expected);
  });

  it("want at least one change of an account", () => {
    expect(isDescribed("UserChanges", {})).toBe(false);
  });
});

describe("the parameters in the document", () => {
  const { get } = document.paths?.["/users"] ?? {};
  const parameters = (get?.parameters ?? []) as {
    name: string;
    in: string;
    schema: Schema;
  }[];

  it("are those which the service takes, all of the query and none required", () => {
    expect(parameters.map(({ name }) => name)).toEqual(Object.keys(userQueryFields.entries));
    for (const parameter of parameters) expect(parameter).toMatchObject({ in: "query" });
    expect(parameters.filter((parameter) => "required" in parameter)).toEqual([]);
  });

  it.each([
    ["limit", "1", true],
    ["limit", "100", true],
    ["limit", "0", false],
    ["limit", "101", false],
    ["limit", "2.5", false],
    ["cursor", "YWZ0ZXI6Mg", true],
    ["cursor", "a b", false],
    ["role", "admin", true],
    ["role", "root", false],
    ["emailPrefix", "ada", true],
    ["emailPrefix", "x".repeat(255), false],
    ["emailPrefix", "", false],
  ])("%s=%s", (name, value, expected) => {
    const schema = parameters.find((parameter) => parameter.name === name)?.schema ?? {};
    const typed = schema["type"] === "integer" ? Number(value) : value;
    expect(new Validator(schema, "2020-12").validate(typed).valid).toBe(expected);
    expect(isTaken(userQueryFields, { [name]: value })).toBe(expected);
  });
});
