// Puts the results of a run where readers find them: the tables between two marks of results/README.md, the pictures beside.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
/** Where a run writes. */
export const outputFolder = join(root, "dist/bench");
const publishedFolder = join(root, "test/labs/bench/results");

const marks = { begin: "<!-- bench:begin -->", end: "<!-- bench:end -->" };

/** Copies what is in the folder of the last runs into the repository. @throws where the README has no marks. */
export function publish(): void {
  mkdirSync(publishedFolder, { recursive: true });
  const files = readdirSync(outputFolder);
  const pictures = files.filter((name) => name.endsWith(".svg"));
  for (const name of [...pictures, ...files.filter((each) => each === "service.md")]) {
    copyFileSync(join(outputFolder, name), join(publishedFolder, name));
  }
  const read = (name: string): readonly string[] => {
    const file = join(outputFolder, name);
    return existsSync(file) ? [readFileSync(file, "utf8").trim()] : [];
  };
  const shown = pictures.map((name) => `![${nameOf(name)}](${name})`);
  const text = [...shown, ...read("service-summary.md"), ...read("migrate.md")].join("\n\n");
  const readme = join(publishedFolder, "README.md");
  writeFileSync(readme, replaceBetweenMarks(readFileSync(readme, "utf8"), text));
}

/** A text with another content between the marks. @throws where it has not both, in this order. */
export function replaceBetweenMarks(text: string, content: string): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin === -1 || end < begin) {
    throw new Error(
      `test/labs/bench/results/README.md has no ${marks.begin} followed by ${marks.end}: put both where the tables belong`,
    );
  }
  return `${text.slice(0, begin + marks.begin.length)}\n\n${demote(content)}\n\n${text.slice(end)}`;
}

/** Headings of a page become those of a part: the README has one of its own. */
function demote(content: string): string {
  return content.replaceAll(/^(#{1,3}) /gm, "##$1 ");
}

const nameOf = (file: string): string => file.replace(/\.svg$/, "").replaceAll("-", " ");
