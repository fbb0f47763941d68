// What the server's own `/dump` loses, which a decision in src/decisions.md rests on.
import { describe, expect, it } from "vitest";
import { createDatabase } from "../../../support/database.ts";
import { run } from "./everything.ts";

describe("the server's own /dump", () => {
  it("loses what the backup keeps, which is why it is not used", async () => {
    const odd = await createDatabase();
    await run(odd.url, ["CREATE TABLE odd (x)", "INSERT INTO odd (rowid, x) VALUES (7, 1.0), (9, 9e999)"]);
    const dump = await (await fetch(`${odd.url}/dump`)).text();
    // A whole number instead of a real, a column that does not exist, and no rowids.
    expect(dump).toContain("INSERT INTO odd VALUES(1);\nINSERT INTO odd VALUES(inf);\n");
    await run(odd.url, ["INSERT INTO odd VALUES (CAST(x'ff41' AS TEXT))"]);
    await expect(fetch(`${odd.url}/dump`).then((answer) => answer.text())).rejects.toThrow(
      /terminated|fetch failed/,
    );
    await odd.stop();
  });
});
