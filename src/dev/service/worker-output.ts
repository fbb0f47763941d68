// What wrangler and the Worker print, made short: a failure says what is wrong and where in at most five lines, and what
// says nothing is left out.
import { stripVTControlCharacters } from "node:util";
import type { MapFrame } from "./source-frames.ts";

/** Takes the lines that wrangler prints, one at a time. */
export type TakeLine = (line: string) => void;

/** Lines of wrangler that a developer of the project can do nothing with. */
const noise = [
  /^\s*$/,
  /^\[custom build\]/,
  /^(?:Using secrets defined in|Your Worker has access to|Binding\s+Resource)/,
  /^env\.\w+ \(/,
  /Scheduled Workers are not automatically triggered/,
  /To manually trigger a scheduled event/,
  /^\s+curl "http\S+\/cdn-cgi\//,
  /For more details, see https:\/\/developers\.cloudflare\.com/,
  /^⎔ /,
  /^\[wrangler:info\]/,
  /^The file \S+ changed, restarting build/,
  /The Workers runtime failed to start/,
  /^\s*Runtime stderr:/,
  /^\s*\{"timestamp":/,
  /If you think this is a bug/,
  /Note that there is a newer version|Logs were written to/,
  /^\s*[╵│]/,
];

/** Of an error's frames, so many of the project are shown. */
const mostFrames = 3;

/** Prints what counts of wrangler's lines. */
export function createWorkerOutput(print: (line: string) => void, mapFrame: MapFrame): TakeLine {
  let message: string | undefined;
  let isStarting = false;
  let isBroken = false;
  return (given) => {
    const line = stripVTControlCharacters(given);
    if (line.startsWith('{"requestId":')) return printLogLine(line, print, mapFrame);
    const build = /^\s*✘ \[ERROR\] (.*)$/.exec(line)?.[1];
    if (build !== undefined) isBroken = true;
    if (isBroken && line.startsWith("⎔ Local server updated")) {
      isBroken = false;
      return print("The Worker serves again");
    }
    if (build?.startsWith("Build failed") === true) return (message = "") as unknown as void;
    const start = /Uncaught (?:\(in promise\) )?(.*)$/.exec(build ?? "")?.[1];
    if (start !== undefined) {
      print(`The Worker cannot start: ${start}`);
      isStarting = true;
      return undefined;
    }
    if (message !== undefined) {
      if (build !== undefined) message = build.replace(/ \[[\w-]+\]$/, "");
      const place = /^\s+(\S+:\d+:\d+):$/.exec(line)?.[1];
      if (place !== undefined) print(`The Worker was not built: ${place}: ${message}`);
      if (/^\s+\d+ │ /.test(line)) {
        print(`  ${line.trim()}`);
        print("  Requests wait until it is corrected");
        message = undefined;
      }
      return undefined;
    }
    if (isStarting && /^\s+at /.test(line)) {
      isStarting = false;
      return print(`  ${mapFrame(line)}`);
    }
    if (!noise.some((pattern) => pattern.test(line))) print(line);
    return undefined;
  };
}

interface LoggedError {
  readonly name?: string;
  readonly message?: string;
  readonly sql?: string;
  readonly cause?: LoggedError;
  readonly stack?: readonly string[];
}

/** A line of the Worker's log; below it, in words, an error for which the service itself has to be corrected. */
function printLogLine(line: string, print: (line: string) => void, mapFrame: MapFrame): void {
  const { error, ...request } = JSON.parse(line) as { readonly error?: LoggedError; readonly route?: string };
  // A program that waits for the Worker asks for it again and again.
  if (request.route === "/health" && error === undefined) return;
  if (error?.stack === undefined) return print(line);
  const { stack, ...logged } = error;
  print(JSON.stringify({ ...request, error: logged }));
  print(`  ${error.name ?? "Error"}: ${error.message ?? ""}`);
  for (let cause = error.cause; cause !== undefined; cause = cause.cause)
    print(`  caused by ${cause.name ?? "Error"}: ${cause.message ?? ""}`);
  if (error.sql !== undefined) print(`  SQL: ${error.sql}`);
  const frames = stack.map(mapFrame);
  const own = frames.filter((frame) => frame.includes("src/") && !/node_modules|src\/database\//.test(frame));
  for (const frame of (own.length > 0 ? own : frames).slice(0, mostFrames)) print(`  ${frame}`);
}
