// The command line of `npm run user`.
import { describe, expect, it } from "vitest";
import { readUserArguments } from "../../../src/dev/accounts/user-arguments.ts";

describe("readUserArguments", () => {
  it("reads email and role", () => {
    const asked = readUserArguments(["create", "--email", " Ada@Example.com", "--role", "admin"]);
    expect(asked).toEqual({ verb: "create", email: "ada@example.com", role: "admin" });
  });

  it("makes an ordinary account unless told", () => {
    expect(readUserArguments(["create", "--email=ada@example.com"])).toMatchObject({ role: "user" });
  });

  it.each([
    [["--help"], /create\|password\|unlock\|list/],
    [["create", "--help"], /--role ROLE.*user or admin/],
    [["unlock", "-h"], /failed logins/],
  ])("explains itself for %j", (given, text) => {
    expect(() => readUserArguments(given)).toThrow(
      expect.objectContaining({ name: "HelpRequest", message: expect.stringMatching(text) }),
    );
  });

  it("reads the other verbs", () => {
    expect(readUserArguments(["list"])).toEqual({ verb: "list" });
    for (const verb of ["password", "unlock"])
      expect(readUserArguments([verb, "--email", "Ada@example.com"])).toEqual({
        verb,
        email: "ada@example.com",
      });
  });

  it.each([[[]], [["destroy"]], [["--email", "ada@example.com"]], [["list", "--role", "admin"]]])(
    "refuses %j, which is no verb or not one of its options",
    (given) => {
      expect(() => readUserArguments(given)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
    },
  );

  it.each([
    [[], "--email is missing"],
    [["--email"], "argument missing"],
    [["--email", "ada@"], '"ada@" is no email address'],
    [["--email", "ada@example.com\u001b[2J"], String.raw`"ada@example.com\u001b[2J" is no email address`],
    [["--email", `${"a".repeat(64)}@${"b".repeat(190)}`], "of at most 254 characters"],
    [["--email", "ada@example.com", "--role", "root"], '"root" is no role: expected user or admin'],
    [["--email", "ada@example.com", "--role", "Admin"], '"Admin" is no role'],
  ])("refuses %j", (given, message) => {
    const error = expect.objectContaining({
      code: "USAGE_INVALID",
      message: expect.stringContaining(message),
    });
    expect(() => readUserArguments(["create", ...given])).toThrow(error);
  });

  it.each([["--password=opensesame"], ["--password", "opensesame"], ["-popensesame"], ["opensesame"]])(
    "refuses a password, and does not repeat it: %s %s",
    (...given) => {
      const refusals = [given, ["--email", "ada@example.com", ...given]].map((all) => {
        try {
          return readUserArguments(["create", ...all]);
        } catch (error) {
          return error;
        }
      });
      expect(refusals[1]).toMatchObject({ message: expect.stringContaining("never an argument") });
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ code: "USAGE_INVALID" });
        expect(String(refusal)).not.toContain("opensesame");
      }
    },
  );
});
