// `npm run db:push` on this machine.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { npmRunOver } from "./npm-run.ts";

describe("npm run db:push", () => {
  it("pushes nothing if the server answers with a redirect, which drizzle-kit would follow", async () => {
    const target = await startScratchServer();
    const redirecting = createServer((request, response) => {
      response.writeHead(307, { location: `${target.url}${request.url ?? "/"}` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
    const { port } = redirecting.address() as AddressInfo;
    try {
      const { code, output } = await npmRunOver("", ["db:push"], {
        DATABASE_URL: `http://127.0.0.1:${port}`,
      });
      expect(code).toBe(1);
      expect(output).toContain("307");
      const { rows } = await createClient({ url: target.url }).execute("SELECT name FROM sqlite_schema");
      expect(rows).toEqual([]);
    } finally {
      redirecting.close();
      redirecting.closeAllConnections();
      await target.stop();
    }
  });
});
