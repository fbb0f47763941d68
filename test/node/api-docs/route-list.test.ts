// Who may call what, compared with a reviewed copy: opening a route shows in the difference of routes.txt.
import { expect, it } from "vitest";

import { listRoutes } from "../../../src/api-docs/route-list.ts";
import { createApp } from "../../../src/worker/app.ts";

it("listRoutes gives the reviewed copy; `npm test -- route-list -u` writes it anew", async () => {
  await expect(listRoutes(createApp().routes)).toMatchFileSnapshot("routes.txt");
});
