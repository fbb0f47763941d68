// Reads the database settings; the only place that parses a database URL or a timeout.
// Pure: it reads the variables it is handed and neither opens nor looks up anything.

/** How long each unit of database work may take, in milliseconds. Source: session rules S9, S19, S21. */
export interface DatabaseDeadlines {
  /** One statement, its retries included. */
  readonly statementMs: number;
  /** One transaction, from its first statement to its end. */
  readonly transactionMs: number;
  /** All work of one session, counted from its first statement. */
  readonly sessionMs: number;
  /** Ending what a session left open. */
  readonly closeMs: number;
}

/** A database that can be connected to; made only by {@link parseDatabaseConfig}. */
export interface DatabaseConfig {
  readonly url: string;
  /** `file` is opened in the process (Node only), `remote` is spoken to over HTTP. */
  readonly location: "remote" | "file";
  readonly authToken: string | undefined;
  /** Hosts of `DATABASE_ALLOW_HTTP`, which may be spoken to without TLS. */
  readonly plainHttpHosts: readonly string[];
  readonly deadlines: DatabaseDeadlines;
}

/** One thing wrong with the configuration. Never holds the value of a secret. */
export interface ConfigFault {
  readonly variable: string;
  readonly message: string;
}

/** Where the configuration is read: what a URL may be differs between a Worker and Node. */
export type ConfigScope =
  | { readonly runtime: "worker" }
  | {
      readonly runtime: "node";
      /** Absolute path of the project; relative `file:` URLs are resolved against it. */
      readonly projectFolder: string;
      /** Absolute path of the local server's data, which no other process may open. */
      readonly serverFolder: string;
    };

/** The configuration cannot be used; `faults` lists everything that is wrong with it at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "CONFIG_INVALID";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map((fault) => `${fault.variable} ${fault.message}`).join("\n"));
    this.faults = faults;
  }
}

type Variables = Readonly<Record<string, unknown>>;

const timeouts = {
  statementMs: { variable: "DATABASE_STATEMENT_TIMEOUT_MS", initial: 2_000 },
  transactionMs: { variable: "DATABASE_TRANSACTION_TIMEOUT_MS", initial: 3_000 },
  sessionMs: { variable: "DATABASE_SESSION_TIMEOUT_MS", initial: 10_000 },
  closeMs: { variable: "DATABASE_CLOSE_TIMEOUT_MS", initial: 2_000 },
} as const satisfies Record<keyof DatabaseDeadlines, { variable: string; initial: number }>;

const longestTimeoutMs = 60_000;
const remoteSchemes = new Set(["libsql:", "https:", "http:"]);
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Reads `DATABASE_URL`, `DATABASE_AUTH_TOKEN`, `DATABASE_ALLOW_HTTP` (hosts, separated by commas, that
 * may be spoken to without TLS) and the four `DATABASE_*_TIMEOUT_MS`.
 *
 * @param variables the environment: a Worker's bindings or `process.env`.
 * @param scope where the database will be used.
 * @throws {ConfigError} naming every fault, never a secret's value.
 */
export function parseDatabaseConfig(variables: Variables, scope: ConfigScope): DatabaseConfig {
  const faults: ConfigFault[] = [];
  const url = parseUrl(variables, scope, faults);
  const deadlines = parseDeadlines(variables, faults);
  const authToken = parseToken(variables, faults);
  const plainHttpHosts = parsePlainHttpHosts(variables);
  if (url === undefined || faults.length > 0) throw new ConfigError(faults);
  return { ...url, authToken, plainHttpHosts, deadlines };
}

function parseUrl(
  variables: Variables,
  scope: ConfigScope,
  faults: ConfigFault[],
): Pick<DatabaseConfig, "url" | "location"> | undefined {
  const text = readText(variables, "DATABASE_URL");
  const fault = (message: string): undefined => {
    faults.push({ variable: "DATABASE_URL", message });
    return undefined;
  };
  if (text === undefined) {
    return fault("is not set: give the URL of a libSQL database, such as libsql://name.turso.io");
  }
  if (text.startsWith("file:")) return parseFileUrl(text, scope, fault);
  const message = addressFault(text, parsePlainHttpHosts(variables));
  if (message === undefined) return { url: text, location: "remote" };
  return fault(message.replace(/http:$/, scope.runtime === "node" ? "http:, or file:" : "http:"));
}

/**
 * Whether requests and tokens may be sent to this address: whether `DATABASE_URL` could name it.
 *
 * @param plainHttpHosts hosts that may be spoken to without TLS, beside those of this machine.
 */
export function isAllowedAddress(text: string, plainHttpHosts: readonly string[] = []): boolean {
  return addressFault(text, plainHttpHosts) === undefined;
}

/** What is wrong with the URL of a server; undefined if it can be used. */
function addressFault(text: string, plainHttpHosts: readonly string[]): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !remoteSchemes.has(url.protocol)) {
    const found = url === undefined ? "is not a URL" : `has the scheme "${url.protocol}"`;
    return `${found}: expected libsql:, https: or http:`;
  }
  if (url.hostname === "") return "names no host: expected one, such as libsql://name.turso.io";
  if (url.username !== "" || url.password !== "" || url.searchParams.has("authToken")) {
    return "holds a credential: put the token into DATABASE_AUTH_TOKEN, since URLs end up in logs";
  }
  // The parameter may be there twice, and clients differ in which of the two they obey.
  const isPlain = url.protocol === "http:" || url.searchParams.getAll("tls").includes("0");
  const hostname = url.hostname.toLowerCase();
  if (!isPlain || loopbackHosts.has(hostname) || plainHttpHosts.includes(hostname)) return undefined;
  return (
    `speaks plain http to ${hostname}: use https: or libsql:, ` +
    `or allow this host by name with DATABASE_ALLOW_HTTP=${hostname}`
  );
}

function parseFileUrl(
  text: string,
  scope: ConfigScope,
  fault: (message: string) => undefined,
): Pick<DatabaseConfig, "url" | "location"> | undefined {
  if (scope.runtime === "worker") {
    return fault(
      "is a file: URL, and a Worker has no files: " +
        "run `npm run dev` for a local server, or give a libsql:, https: or http: URL",
    );
  }
  const base = folderUrl(scope.projectFolder);
  const file = URL.canParse(text, base) ? new URL(text, base) : undefined;
  const path = file === undefined || file.host !== "" ? undefined : decodePath(file.pathname);
  if (file === undefined || path === undefined) {
    return fault("is not a usable file: URL: expected one like file:local.db");
  }
  // As far as a name tells: links are not followed here, since nothing is looked up.
  if (folderUrl(path).startsWith(folderUrl(scope.serverFolder))) {
    return fault(
      "names a file of the local server, which only the server may open: " +
        "unset DATABASE_URL to go through the server, or name a file elsewhere",
    );
  }
  return { url: file.href, location: "file" };
}

/** The path that a client opens; undefined if its percent-encoding is broken. */
function decodePath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

/** One spelling for each path: absolute, without `.`, `..` and doubled slashes, with a slash at its end. */
function folderUrl(path: string): string {
  const slashed = `/${path.replaceAll("\\", "/")}/`.replaceAll(/\/+/g, "/");
  const encoded = encodeURI(slashed).replaceAll("?", "%3F").replaceAll("#", "%23");
  return new URL(`file://${encoded}`).href;
}

function parsePlainHttpHosts(variables: Variables): readonly string[] {
  const hosts = (readText(variables, "DATABASE_ALLOW_HTTP") ?? "").split(",");
  return hosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== "");
}

function parseDeadlines(variables: Variables, faults: ConfigFault[]): DatabaseDeadlines {
  const read = (key: keyof DatabaseDeadlines): number => {
    const { variable, initial } = timeouts[key];
    const text = readText(variables, variable);
    if (text === undefined) return initial;
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= longestTimeoutMs) return value;
    const message = `is "${text}": expected whole milliseconds from 1 to ${longestTimeoutMs}`;
    faults.push({ variable, message });
    return initial;
  };
  return {
    statementMs: read("statementMs"),
    transactionMs: read("transactionMs"),
    sessionMs: read("sessionMs"),
    closeMs: read("closeMs"),
  };
}

function parseToken(variables: Variables, faults: ConfigFault[]): string | undefined {
  const token = readText(variables, "DATABASE_AUTH_TOKEN");
  if (token !== undefined && /[^\x21-\x7e]/.test(token)) {
    faults.push({
      variable: "DATABASE_AUTH_TOKEN",
      message: "has white space or characters no token has: paste it again, without quotes or line breaks",
    });
  }
  return token;
}

/** An empty or blank variable counts as one that is not set, as shells and CI leave them. */
function readText(variables: Variables, name: string): string | undefined {
  const value = variables[name];
  const text = typeof value === "string" ? value.trim() : undefined;
  return text === "" ? undefined : text;
}
