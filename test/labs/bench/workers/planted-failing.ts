// A planted fault: the stack without libraries, but no list is to be had. The benchmark has to say so.
import worker from "./raw.ts";

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === "/items") return new Response("no", { status: 500 });
    return worker.fetch(request, env);
  },
} satisfies ExportedHandler<Parameters<typeof worker.fetch>[1]>;
