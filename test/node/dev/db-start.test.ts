// `npm run db:start` in a copy of the project, since it writes beside wrangler.toml.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { findProject } from "../../../src/dev/command/project.ts";
import { findServer } from "../../../src/migrate/server/state.ts";
import { poll } from "../../support/poll.ts";
import { copyProject } from "../../support/project-copy.ts";
import { startRun } from "./npm-run.ts";

describe("npm run db:start", () => {
  it("hands database and token secret to plain wrangler, and keeps the secret over a restart", async () => {
    await using copy = await copyProject(findProject({}).folder);
    const start = async (): Promise<string> => {
      const run = startRun("npm", ["run", "--silent", "--prefix", copy.folder, "db:start"], {}, "ignore");
      await run.printed("The local libSQL server answers on");
      const server = await findServer(join(copy.folder, ".eaves"));
      const file = join(copy.folder, ".dev.vars");
      const written = await poll(
        () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
        (text) => text.includes(`DATABASE_URL='${server?.url}'`),
      );
      expect(statSync(file).mode & 0o777).toBe(0o600);
      run.child.kill("SIGTERM");
      await run.ended();
      return /^TOKEN_SECRETS='(.+)'$/m.exec(written)?.[1] ?? "";
    };
    const secret = await start();
    expect(parseTokenKeys({ TOKEN_SECRETS: secret })).toHaveLength(1);
    expect(await start()).toBe(secret);
  });
});
