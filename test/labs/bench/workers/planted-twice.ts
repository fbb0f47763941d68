// A planted fault: Eaves, but every item is looked up twice, and something is computed for it. The benchmark has to say so.
import type { Bindings } from "../../../../src/worker/env.ts";
import app from "./eaves.ts";

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname.startsWith("/items/")) {
      await (await app.fetch(new Request(request.url), env, context)).text();
      if (compute() < 0) throw new TypeError("the sum of positive numbers is negative");
    }
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Bindings>;

function compute(): number {
  let sum = 0;
  for (let number = 0; number < 3_000_000; number++) sum += Math.sqrt(number);
  return sum;
}
