// Holds an answer of the service to the OpenAPI document. Works in Node and in workerd: the document is handed over
// by vitest's global setup, which has made it from the routes.
import { Validator } from "@cfworker/json-schema";
import { inject } from "vitest";

/** What is read of the document. */
interface Schema {
  readonly [keyword: string]: unknown;
}
interface Header {
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Described {
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Reference {
  readonly $ref: string;
}
interface Operation {
  readonly responses: Readonly<Record<string, Described | Reference>>;
}
interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

declare module "vitest" {
  interface ProvidedContext {
    /** openapi.json. */
    openapi: string;
  }
}

/** An answer, read to its end. */
export interface AnswerToCheck {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

let parsed: ApiDocument | undefined;

/**
 * Compares an answer with what the document says of this request: status, headers, media type and body, which may
 * have no members beside those described. Of what the document does not describe only the problem is checked.
 *
 * @throws {Error} which names everything that is wrong.
 */
export function expectConforms(method: string, path: string, answer: AnswerToCheck): void {
  parsed ??= close(JSON.parse(inject("openapi"))) as ApiDocument;
  const faults = faultsOf(parsed, method.toUpperCase(), path, answer);
  if (faults.length === 0) return;
  throw new Error(`${method} ${path} answered ${answer.status} against openapi.json: ${faults.join("; ")}`);
}

function faultsOf(document: ApiDocument, method: string, path: string, answer: AnswerToCheck): string[] {
  const operation = findOperation(document, method, path);
  if (operation === undefined) return faultsOfUnknown(document, method, answer);
  const described = operation.responses[answer.status];
  if (described === undefined) return ["the status is not described"];
  const { headers = {}, content } = resolve<Described>(document, described);
  return [
    ...Object.entries(headers).flatMap(([name, header]) =>
      faultsOfHeader(name, resolve<Header>(document, header), answer),
    ),
    // HEAD is GET without the body.
    ...(method === "HEAD" ? [] : faultsOfBody(document, content, answer)),
  ];
}

/** An address that is not described: it may be refused, as a problem, or asked for its methods. */
function faultsOfUnknown(document: ApiDocument, method: string, answer: AnswerToCheck): string[] {
  if (answer.status < 400) return method === "OPTIONS" ? [] : ["no such operation is described"];
  const schema = { $ref: "#/components/schemas/Problem" };
  return method === "HEAD" ? [] : faultsOfBody(document, { "application/problem+json": { schema } }, answer);
}

function findOperation({ paths }: ApiDocument, method: string, path: string): Operation | undefined {
  // As the service sees it: a URL has other ideas of what is a slash.
  const address = new URL(`http://localhost${path}`).pathname.replace(/(?<=.)\/$/, "");
  const fitting = Object.keys(paths)
    .filter((template) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(address))
    // An address by its name goes before one by a parameter.
    .toSorted((one, other) => one.split("{").length - other.split("{").length);
  return paths[fitting[0] ?? ""]?.[method === "HEAD" ? "get" : method.toLowerCase()];
}

function faultsOfHeader(name: string, { required, schema }: Header, { headers }: AnswerToCheck): string[] {
  const value = headers.get(name);
  if (value === null) return required === true ? [`the header ${name} is missing`] : [];
  const typed = schema["type"] === "integer" ? Number(value) : value;
  return validate(schema, typed).map((fault) => `the header ${name}: ${fault}`);
}

function faultsOfBody(
  { components }: ApiDocument,
  content: Described["content"],
  { headers, text }: AnswerToCheck,
): string[] {
  if (content === undefined) return text === "" ? [] : ["there is a body, and none is described"];
  const [mediaType = ""] = (headers.get("Content-Type") ?? "").split(";");
  const schema = content[mediaType]?.schema;
  if (schema === undefined) return [`the media type ${mediaType} is not described`];
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return ["the body is not JSON"];
  }
  return validate({ ...schema, components }, body);
}

function validate(schema: Schema, value: unknown): string[] {
  const { errors } = new Validator(schema, "2020-12", false).validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}

function resolve<T extends object>({ components }: ApiDocument, part: T | Reference): T {
  if (!("$ref" in part)) return part;
  const [, , kind = "", name = ""] = part.$ref.split("/");
  return components[kind]?.[name] as T;
}

/**
 * Callers are to ignore members that they do not know, so the document leaves its objects open. Here one member too
 * many is a fault: it may be one that nobody was to see.
 */
function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== "object" || node === null) return node;
  const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  return closed["type"] === "object" ? { additionalProperties: false, ...closed } : closed;
}
