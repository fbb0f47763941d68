// The Worker's entry. Workers ask for a default export; it is the only one of the project's own code.
import { createApp } from "./app.ts";
import type { Bindings } from "./env.ts";
import { pruneOnSchedule } from "./scheduled.ts";

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: (_controller, env) => pruneOnSchedule(env),
} satisfies ExportedHandler<Bindings>;
