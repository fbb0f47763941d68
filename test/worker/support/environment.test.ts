// What the Worker of the tests is configured with, whatever is in the developer's `.dev.vars`.
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";

it("has the settings of vitest.config.ts and no others", () => {
  const own = Object.keys(env).filter((name) => !name.startsWith("__VITEST"));
  expect(own.toSorted()).toEqual(["ENVIRONMENT", "PASSWORD_SCRYPT", "SIGN_IN_LIMIT"]);
});
