// What is said of a route: the doc comment in front of it, in src/worker/routes. None of it is in the Worker.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The words of one route. */
export interface RouteWords {
  /** The first sentence. */
  readonly summary: string;
  /** The others. */
  readonly description: string;
  /** `@id`: the name of the function in generated clients. */
  readonly id: string | undefined;
  /** `@tag`: the chapter of the document. */
  readonly tag: string | undefined;
  /** `@body`: the name of the body's schema. */
  readonly body: string | undefined;
  /** `@answer`: what the answer is. */
  readonly answer: string | undefined;
}

const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*\.(get|post|put|patch|delete)\(\s*"([^"]+)"/g;

/** The words of every route that has some, by method and path. */
export async function readRouteWords(folder: string): Promise<ReadonlyMap<string, RouteWords>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  const sources = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map(sources.flatMap((source) => [...findRouteWords(source)]));
}

/** The words in one source. */
export function findRouteWords(source: string): ReadonlyMap<string, RouteWords> {
  const found = [...source.matchAll(documented)].map(([, comment = "", method = "", path]) => {
    return [`${method.toUpperCase()} ${path}`, parseComment(comment)] as const;
  });
  return new Map(found);
}

function parseComment(comment: string): RouteWords {
  const text = comment.replaceAll(/^\s*\* ?/gm, "").trim();
  const [words = "", ...tags] = text.split(/^@/m);
  const tagged = new Map(
    tags.map((tag) => {
      const [, name = "", value = ""] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
      return [name, oneLine(value)];
    }),
  );
  const [summary = "", ...others] = oneLine(words).split(/(?<=[.!?])\s/);
  return {
    summary: summary.replace(/\.$/, ""),
    description: others.join(" "),
    id: tagged.get("id"),
    tag: tagged.get("tag"),
    body: tagged.get("body"),
    answer: tagged.get("answer"),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
