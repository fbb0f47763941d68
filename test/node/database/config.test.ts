// The one parser of database settings: what is refused, in which words, and that no secret gets out.
import { describe, expect, it } from "vitest";

import { ConfigError, type ConfigScope, parseDatabaseConfig } from "../../../src/database/config.ts";

const node: ConfigScope = {
  runtime: "node",
  projectFolder: "/home/me/my project",
  serverFolder: "/home/me/my project/.eaves",
};
const worker: ConfigScope = { runtime: "worker" };
const remote = "libsql://name.example";

type Variables = Readonly<Record<string, unknown>>;
const parse = (variables: Variables, scope: ConfigScope = worker) => parseDatabaseConfig(variables, scope);

function faultsOf(variables: Variables, scope: ConfigScope = worker): ConfigError["faults"] {
  try {
    parse(variables, scope);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error("The configuration was taken");
}

const urlFault = (url: unknown, scope: ConfigScope = worker, more: Variables = {}) => {
  const faults = faultsOf({ DATABASE_URL: url, ...more }, scope);
  expect(faults.map(({ variable }) => variable)).toEqual(["DATABASE_URL"]);
  return faults[0]?.message;
};

describe("parseDatabaseConfig", () => {
  it.each([
    "libsql://name.turso.io",
    "https://db.example:8443/path",
    "http://localhost:8080",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "libsql://127.0.0.1:8080?tls=0",
    "libsql://name.example?tls=1",
  ])("takes %s", (url) => {
    for (const scope of [worker, node]) {
      expect(parse({ DATABASE_URL: url }, scope)).toMatchObject({ url, location: "remote" });
    }
  });

  it("takes white space around a value for none, and a blank variable for one that is not set", () => {
    expect(parse({ DATABASE_URL: ` ${remote}\n`, DATABASE_AUTH_TOKEN: " " })).toMatchObject({
      url: remote,
      authToken: undefined,
    });
    expect(urlFault("  ")).toMatch(/^is not set/);
  });

  it.each([undefined, "", 7, null])("asks for the URL where it is %j", (url) => {
    expect(urlFault(url)).toMatch(/^is not set: give the URL of a libSQL database/);
  });

  it.each(["nonsense", "://", "http://", "127.0.0.1:8080"])("refuses %s, which is no URL", (url) => {
    expect(urlFault(url)).toMatch(/is not a URL|has the scheme/);
  });

  it.each(["wss://x.example", "ws://x.example", "postgres://x.example", "sqlite:x.db", "FTP://x.example"])(
    "refuses the scheme of %s",
    (url) => {
      expect(urlFault(url)).toMatch(/^has the scheme "\w+:": expected libsql:, https: or http:$/);
      expect(urlFault(url, node)).toMatch(/, or file:$/);
    },
  );

  it.each(["libsql:", "libsql:///path"])("refuses %s, which names no host", (url) => {
    expect(urlFault(url)).toMatch(/^names no host/);
  });

  it.each([
    "http://db.example:8080",
    "libsql://db.example?tls=0",
    "http://127.0.0.1.example",
    "http://0.0.0.0",
  ])("refuses plain http to %s", (url) => {
    const { hostname } = new URL(url);
    expect(urlFault(url)).toContain(`speaks plain http to ${hostname}`);
    expect(urlFault(url)).toContain(`DATABASE_ALLOW_HTTP=${hostname}`);
    expect(urlFault(url, node, { DATABASE_ALLOW_HTTP: `other.${hostname}, *` })).toContain("plain http");
    const allowed = { DATABASE_URL: url, DATABASE_ALLOW_HTTP: `other.example, ${hostname.toUpperCase()} ` };
    expect(parse(allowed)).toMatchObject({ url });
  });

  it.each([
    "libsql://me:hunter2@name.example",
    "libsql://hunter2@name.example",
    "libsql://:hunter2@name.example",
    "https://name.example?authToken=hunter2",
  ])("refuses the credential in %s without repeating it", (url) => {
    const message = urlFault(url);
    expect(message).toMatch(/^holds a credential: put the token into DATABASE_AUTH_TOKEN/);
    expect(message).not.toContain("hunter2");
  });

  it("refuses a file: URL in a Worker, and says what to do", () => {
    expect(urlFault("file:local.db")).toMatch(
      /a Worker has no files: run `npm run dev` .* or give a libsql:/,
    );
  });

  it.each([
    ["file:local.db", "file:///home/me/my%20project/local.db"],
    ["file:./data/local.db", "file:///home/me/my%20project/data/local.db"],
    ["file:/srv/local.db", "file:///srv/local.db"],
    ["file:///srv/local.db", "file:///srv/local.db"],
    ["file:../local.db", "file:///home/me/local.db"],
    ["file:.eaves-backup/local.db", "file:///home/me/my%20project/.eaves-backup/local.db"],
  ])("resolves %s against the project in Node", (given, url) => {
    expect(parse({ DATABASE_URL: given }, node)).toMatchObject({ url, location: "file" });
  });

  it.each([
    "file:.eaves/data",
    "file:./.eaves/dbs/default/data",
    "file:/home/me/my%20project/.eaves/data",
    "file:///home/me/my project/.eaves/data",
    "file:src/../.eaves/data",
    "file:/srv/../home/me/my%20project/.eaves/data",
    "file:.eaves/../.eaves/data",
    "file:.%65aves/data",
    "file:%2Eeaves/data",
    "file:src/%2e%2e/.eaves/data",
    "file:.eaves%2Fdata",
    "file:.eaves//data",
    "file:.//.eaves/data",
    "file:.eaves",
    "file:.eaves?mode=ro",
    "file://localhost/home/me/my%20project/.eaves/data",
  ])("refuses %s, a file of the local server", (url) => {
    expect(urlFault(url, node)).toMatch(/^names a file of the local server, .*: unset DATABASE_URL/);
  });

  it.each(["file://server/share/local.db", "file:%zz.db", "file:%E0%A4.db"])("refuses %s", (url) => {
    expect(urlFault(url, node)).toMatch(/^is not a usable file: URL/);
  });

  it("protects the server's files in a folder of any name", () => {
    for (const folder of ["/srv/c#/what?", "/srv/100% ä", "C:\\Users\\me\\app"]) {
      const scope = { runtime: "node", projectFolder: folder, serverFolder: `${folder}/.eaves/` } as const;
      expect(urlFault("file:.eaves/data", scope)).toMatch(/^names a file of the local server/);
      expect(urlFault("file:./x/..//.eaves/data", scope)).toMatch(/^names a file of the local server/);
      expect(parse({ DATABASE_URL: "file:local.db" }, scope).url).toMatch(/^file:\/\/\/.*\/local\.db$/);
    }
  });

  it("reads timeouts, each with its own default", () => {
    const { deadlines } = parse({ DATABASE_URL: remote });
    expect(deadlines).toEqual({
      statementMs: 2_000,
      transactionMs: 3_000,
      sessionMs: 10_000,
      closeMs: 2_000,
    });
    const set = parse({
      DATABASE_URL: remote,
      DATABASE_STATEMENT_TIMEOUT_MS: "1",
      DATABASE_TRANSACTION_TIMEOUT_MS: "60000",
      DATABASE_SESSION_TIMEOUT_MS: " 20 ",
      DATABASE_CLOSE_TIMEOUT_MS: "",
    });
    expect(set.deadlines).toEqual({ statementMs: 1, transactionMs: 60_000, sessionMs: 20, closeMs: 2_000 });
  });

  it.each(["0", "60001", "-1", "1.5", "1e3", "2s", "0x10", "1000000000"])(
    "refuses a timeout of %s",
    (text) => {
      for (const name of ["STATEMENT", "TRANSACTION", "SESSION", "CLOSE"]) {
        const variable = `DATABASE_${name}_TIMEOUT_MS`;
        const message = `is "${text}": expected whole milliseconds from 1 to 60000`;
        expect(faultsOf({ DATABASE_URL: remote, [variable]: text })).toEqual([{ variable, message }]);
      }
    },
  );

  it("passes a token on", () => {
    expect(parse({ DATABASE_URL: remote, DATABASE_AUTH_TOKEN: "abc.DEF-1_2~+/=" }).authToken).toBe(
      "abc.DEF-1_2~+/=",
    );
  });

  it.each(["hunter2 hunter2", "hunter2\nhunter2", "hunter2\thunter2", "hunter2é", "hunter2\u0000"])(
    "refuses the token %j without repeating it",
    (token) => {
      const [fault] = faultsOf({ DATABASE_URL: remote, DATABASE_AUTH_TOKEN: token });
      expect(fault).toMatchObject({ variable: "DATABASE_AUTH_TOKEN" });
      expect(fault?.message).not.toContain("hunter2");
    },
  );

  it("names every fault at once, and no secret", () => {
    const variables = {
      DATABASE_URL: "libsql://me:hunter2@name.example?authToken=hunter2",
      DATABASE_AUTH_TOKEN: "hunter2 hunter2",
      DATABASE_STATEMENT_TIMEOUT_MS: "soon",
      DATABASE_CLOSE_TIMEOUT_MS: "0",
    };
    const faults = faultsOf(variables);
    expect(faults.map(({ variable }) => variable).toSorted()).toEqual(Object.keys(variables).toSorted());
    let thrown: unknown;
    try {
      parse(variables);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "CONFIG_INVALID", name: "ConfigError" });
    const said = `${String(thrown)} ${JSON.stringify(thrown)}`;
    for (const variable of Object.keys(variables)) expect(said).toContain(variable);
    expect(said).not.toContain("hunter2");
  });
});
