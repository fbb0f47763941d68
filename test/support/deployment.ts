// A set-up like that of a deployment, on this machine: the Worker in bare workerd with the settings of production, over
// a server that checks tokens against a key file. Node only.
import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { createTokenSecret } from "../../src/auth/token-keys.ts";
import { type TestServer, startTestServer } from "./server.ts";
import { startWorkerd } from "./workerd.ts";

/** A Worker and its database; everything ends when it is disposed of. */
export interface Deployment extends AsyncDisposable {
  readonly origin: string;
  readonly database: TestServer;
  /** What the Worker is given, and whoever may write. */
  readonly token: string;
}

/** What is other than in a sound deployment, for tests of what notices it. */
export interface DeploymentOptions {
  /** Default true. */
  readonly migrated?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts both. */
export async function startDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  const { migrated = true, variables = {} } = options;
  await using started = new AsyncDisposableStack();
  const database = await startTestServer({ auth: true, migrated });
  started.defer(() => database.stop());
  const token = database.tokens?.readWrite ?? "";
  const worker = await startWorkerd({
    entry: join(import.meta.dirname, "../../src/worker/index.ts"),
    hasRateLimit: true,
    variables: {
      ENVIRONMENT: "production",
      DATABASE_URL: database.url,
      DATABASE_AUTH_TOKEN: token,
      TOKEN_SECRETS: createTokenSecret((length) => new Uint8Array(randomBytes(length))),
      ...variables,
    },
  });
  started.defer(() => worker.stop());
  const cleanUp = started.move();
  return { origin: worker.origin, database, token, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
