// Shows a failure: as the JSON that programs read, or as lines for people.
import type { Failure } from "../commands/project/failure.ts";
import type { Paint } from "./terminal.ts";

/** The text of a failure. */
export function renderFailure(failure: Failure, json: boolean, paint: Paint): string {
  return json ? renderJson(failure) : renderLines(failure, paint);
}

function renderJson(failure: Failure): string {
  const { code, message, revision, statement, file, line, progress, hazards } = failure;
  return JSON.stringify({ error: { code, message, revision, statement, file, line }, ...progress, hazards });
}

const longestStatement = 600;

function renderLines(failure: Failure, paint: Paint): string {
  const { code, message, revision, statement, file, line, stack } = failure;
  const place = file === null ? null : line === null ? file : `${file}:${line}`;
  // Most messages name the place by themselves.
  const where = [revision, place].filter((part) => part !== null && !message.includes(part)).join(", ");
  return [
    `${paint.red(code)}  ${message}`,
    ...(where === "" ? [] : [`  in ${where}`]),
    ...(statement === null || message.includes(statement) ? [] : [indent(shorten(statement))]),
    ...(stack === undefined ? [] : [paint.dim(stack)]),
  ].join("\n");
}

function indent(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}

function shorten(text: string): string {
  return text.length > longestStatement ? `${text.slice(0, longestStatement)} …` : text;
}
