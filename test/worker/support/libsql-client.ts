// Lets every session of a test run on `@libsql/client` instead of the Worker's own client.
import { createClient } from "@libsql/client/http";
import { webPorts } from "../../../src/database/engine.ts";
import { libsqlClient } from "../../../src/database/libsql-client.ts";

Object.assign(webPorts, { createClient: libsqlClient(createClient) });
