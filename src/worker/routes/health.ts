// Whether the service lives, and whether it can do its work. Served in every environment.
import { Hono } from "hono/tiny";
import type { Context } from "hono";
import * as v from "valibot";
import { ConfigError } from "../../database/config.ts";
import { serverAnswerOf } from "../../database/server-answer.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import type { Ports } from "../ports.ts";
import { checkReadiness } from "../readiness.ts";
import type { FailureReason, Readiness } from "../readiness.ts";
import { RequestError } from "../request-error.ts";
import { route } from "../route.ts";
import type { Settings } from "../settings.ts";

/** Who asks for readiness gives up after a second, and is to hear why before that. */
const answerWithinMs = 800;

/** How long the answer to "may the token write?" counts, in milliseconds. */
const probeEveryMs = 10_000;

/** `/health` touches no database; `/ready` asks it one thing. */
export function healthRoutes({ now }: Pick<Ports, "now">) {
  const probe = createProbe(now);
  return (
    new Hono<AppEnv>()
      /**
       * Whether the service runs.
       *
       * @id getHealth
       * @tag Service
       * @answer It runs
       */
      .get(
        "/health",
        route({ access: "anyone", unconfigured: true, session: "none", answers: { 200: health } }),
        (c) => c.json({ status: "ok" } as const, 200),
      )
      /**
       * Whether the service can do its work.
       *
       * @id getReadiness
       * @tag Service
       * @answer It can
       */
      .get(
        "/ready",
        route({
          access: "anyone",
          unconfigured: true,
          session: { statementMs: answerWithinMs },
          answers: { 200: ready },
          problems: ["NOT_READY"],
        }),
        async (c) => {
          requireConfigured(settingsOf(c));
          const readiness = await probe(c);
          if (!readiness.ready) throw notReady(readiness, settingsOf(c));
          return c.json({ status: "ready", revision: readiness.revision } as const, 200);
        },
      )
  );
}

/** That the service runs. */
export const health = v.object({ status: v.literal("ok") });
/** That it can do its work. */
export const ready = v.object({ status: v.literal("ready"), revision: v.nullable(v.string()) });

/** Asks at most once in {@link probeEveryMs} whether the token may write; between, what was found counts on. */
function createProbe(now: () => number): (c: Context<AppEnv>) => Promise<Readiness> {
  let last: { readonly access: string; readonly at: number; found: Readiness | undefined } | undefined;
  return async (c) => {
    const { db, session } = c.var;
    const { url, authToken = "" } = settingsOf(c).database;
    const access = `${url} ${authToken}`;
    if (last?.access === access && now() - last.at < probeEveryMs) {
      const readiness = await checkReadiness(db);
      return readiness.ready && last.found !== undefined ? last.found : readiness;
    }
    // Noted before the answer, so that requests at the same time do not ask as well.
    const probing: NonNullable<typeof last> = { access, at: now(), found: undefined };
    last = probing;
    const readiness = await checkReadiness(db, (text) => session.readAndProbeWrites(text));
    if (!readiness.ready && readiness.reason === "read-only") probing.found = readiness;
    return readiness;
  };
}

/** Names the variables only: what is wrong with them may tell too much, and is in the log. */
function requireConfigured({ faults }: Settings): void {
  if (faults.length === 0) return;
  const variables = [...new Set(faults.map(({ variable }) => variable))];
  throw new RequestError("NOT_READY", `Missing or not usable: ${variables.join(", ")}`, {
    members: { reason: "configuration", variables },
    cause: new ConfigError(faults),
  });
}

interface Advice {
  readonly detail: string;
  /** The one command that helps; undefined if none does. */
  readonly fix?: string;
}

const newToken = "npx wrangler secret put DATABASE_AUTH_TOKEN";
const newUrl = "npx wrangler secret put DATABASE_URL";

/** What a caller may know, and what an operator does about it. */
const advice: Readonly<Record<FailureReason, Advice>> = {
  unreachable: {
    detail: "The database does not answer: see whether it answers you, with the same DATABASE_URL",
    fix: "npm run db -- current",
  },
  refused: { detail: "The database refuses the token: set a valid DATABASE_AUTH_TOKEN", fix: newToken },
  "read-only": {
    detail: "The token may read and not write: set a DATABASE_AUTH_TOKEN with write access",
    fix: newToken,
  },
  "unknown-database": {
    detail: "The server has no such database, or the token is of another one: correct DATABASE_URL",
    fix: newUrl,
  },
  quota: { detail: "The database's plan is used up: raise its limit at the provider" },
  "not-libsql": { detail: "What answers is no libSQL server: correct DATABASE_URL", fix: newUrl },
};

function notReady(readiness: Readiness & { ready: false }, settings: Settings): RequestError {
  const token = settings.database.authToken;
  const { reason } = readiness;
  if (reason === "behind") {
    const { pending } = readiness;
    const fix = "npm run db -- upgrade";
    const detail = `The schema is behind: revision ${pending.join(", ")} pending. Run \`${fix}\``;
    return new RequestError("NOT_READY", detail, { members: { reason, pending, fix } });
  }
  if (reason === "unstamped") {
    const { revision } = readiness;
    const fix = revision === undefined ? "npm run db -- check" : `npm run db -- stamp ${revision}`;
    const detail =
      "The database has tables of the schema and no record of revisions, as after drizzle-kit push. " +
      `Run \`${fix}\``;
    return new RequestError("NOT_READY", detail, { members: { reason, fix } });
  }
  const { cause } = readiness;
  const { detail, fix: command } = advice[reason];
  const { environment } = settings;
  // The top level of wrangler.toml is for one's own machine, and has no deployed Worker.
  const isForDeployed = environment !== "development" && command?.startsWith("npx wrangler") === true;
  const fix = isForDeployed ? `${command} --env ${environment}` : command;
  const answer = serverAnswerOf(cause);
  const said = (text: string): string => (token === undefined ? text : text.replaceAll(token, "[token]"));
  return new RequestError("NOT_READY", detail, {
    members: { reason, ...(fix === undefined ? {} : { fix }) },
    // The other reasons stay until a setting is changed.
    headers: reason === "unreachable" ? { "Retry-After": "1" } : {},
    // The statements of this route hold nothing secret, so that the server may be quoted.
    logged: answer === undefined ? {} : { server: { ...answer, text: said(answer.text) } },
    cause,
  });
}
