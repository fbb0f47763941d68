// Pictures as one SVG: boxes in columns from parent to child, a line for each foreign key. The same schema gives the same
// bytes. Pure; every text is escaped.
import type { Diagram, DiagramLine, DiagramMark, DiagramRow, DiagramTable } from "./diagram.ts";

/** A picture with what stands above it; empty for none. */
export interface DiagramPanel {
  readonly title: string;
  readonly diagram: Diagram;
}

interface Box {
  readonly table: DiagramTable;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const letter = 7.25;
const rowHeight = 20;
const gap = { between: 28, columns: 84, edge: 20 };
/** Longer texts are cut. */
const mostLetters = 64;
/** A new column of boxes begins below this. */
const mostHeight = 1200;

const colours: Readonly<
  Record<DiagramMark, { readonly sign: string; readonly fill: string; readonly text: string }>
> = {
  same: { sign: "", fill: "#ffffff", text: "#1f2328" },
  added: { sign: "+ ", fill: "#dafbe1", text: "#116329" },
  dropped: { sign: "− ", fill: "#ffebe9", text: "#a40e26" },
  changed: { sign: "~ ", fill: "#fff8c5", text: "#6f4e00" },
};

/** Draws the pictures one above the other. */
export function writeSvg(panels: readonly DiagramPanel[]): string {
  let [width, y] = [0, 0];
  const drawn: string[] = [];
  for (const { title, diagram } of panels) {
    const top = y + gap.edge + (title === "" ? 0 : 34);
    const boxes = placeBoxes(diagram, gap.edge, top);
    if (title !== "") drawn.push(writeText(gap.edge, top - 20, title, "#1f2328", 'class="title"'));
    if (boxes.length === 0) drawn.push(writeText(gap.edge, top + 14, "no tables", "#59636e"));
    drawn.push(...diagram.lines.map((line) => writeLine(line, boxes)), ...boxes.map(writeBox));
    y = Math.max(top + rowHeight, ...boxes.map((box) => box.y + box.height));
    // A line around the right side of a box needs room there.
    width = Math.max(width, 160, ...boxes.map((box) => box.x + box.width + gap.columns / 2));
  }
  const height = y + gap.edge;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    "<style>text{font:12px ui-monospace,Menlo,Consolas,monospace;white-space:pre}.name{font-weight:700}.title{font-size:17px;font-weight:700}</style>",
    `<rect width="${width}" height="${height}" fill="#f6f8fa"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

/** Parents stand left of their children; a table in a circle of keys stands where it is first met. */
function placeBoxes({ tables, lines }: Diagram, left: number, top: number): readonly Box[] {
  const depths = new Map<string, number>();
  const depthOf = (name: string, seen: readonly string[]): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const parents = lines.filter(
      ({ child, parent }) => child === name && parent !== name && !seen.includes(parent),
    );
    const depth = Math.max(0, ...parents.map(({ parent }) => 1 + depthOf(parent, [...seen, name])));
    if (seen.length === 0) depths.set(name, depth);
    return depth;
  };
  const boxes: Box[] = [];
  let [x, y, widest, at] = [left, top, 0, 0];
  for (const table of tables.toSorted((one, other) => depthOf(one.name, []) - depthOf(other.name, []))) {
    const { width, height } = sizeOf(table);
    const depth = depthOf(table.name, []);
    if (boxes.length > 0 && (depth > at || (y > top && y + height > mostHeight))) {
      [x, y, widest] = [x + widest + gap.columns, top, 0];
    }
    boxes.push({ table, x, y, width, height });
    [y, widest, at] = [y + height + gap.between, Math.max(widest, width), depth];
  }
  // As wide as the widest of its column, so that no line passes behind another box of it.
  return boxes.map((box) => ({
    ...box,
    width: Math.max(...boxes.filter((other) => other.x === box.x).map((other) => other.width)),
  }));
}

const rowsOf = ({ columns, rules }: DiagramTable): readonly DiagramRow[] => [...columns, ...rules];

const titleOf = ({ name, kind, mark, note }: DiagramTable): string =>
  shorten(colours[mark].sign + name + (kind === "view" ? " (view)" : "") + (note === "" ? "" : ` (${note})`));

function textsOf({ name, detail, keys, mark, note }: DiagramRow): readonly [left: string, right: string] {
  const said = [detail, keys.join(" "), note === "" ? "" : `(${note})`]
    .filter((part) => part !== "")
    .join("  ");
  return [colours[mark].sign + shorten(name), shorten(said)];
}

function sizeOf(table: DiagramTable): { readonly width: number; readonly height: number } {
  const letters = rowsOf(table).map((row) => textsOf(row).join("   ").length);
  const width = Math.ceil(Math.max(titleOf(table).length * 1.05, ...letters, 12) * letter) + 20;
  return { width, height: rowHeight * (rowsOf(table).length + 1) + 8 };
}

function writeBox(box: Box): string {
  const { table, x, y, width, height } = box;
  const { fill, text } = colours[table.mark];
  const head = table.mark === "same" ? "#ddf4ff" : fill;
  const rows = rowsOf(table).map((row, at) => {
    const top = y + rowHeight * (at + 1) + 4;
    const [name, said] = textsOf(row);
    const { fill: back, text: front } = colours[row.mark];
    const band =
      row.mark === "same"
        ? ""
        : `<rect x="${x + 1}" y="${top}" width="${width - 2}" height="${rowHeight}" fill="${back}"/>\n`;
    const muted = row.mark === "same" ? "#59636e" : front;
    return `${band}${writeText(x + 10, top + 14, name, front)}\n${writeText(x + width - 10, top + 14, said, muted, 'text-anchor="end"')}`;
  });
  const rule = y + rowHeight * (table.columns.length + 1) + 4;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#ffffff" stroke="#818b98"/>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${rowHeight + 2}" fill="${head}" stroke="#818b98"/>`,
    writeText(x + 10, y + 15, titleOf(table), text, 'class="name"'),
    ...rows,
    ...(table.columns.length > 0 && table.rules.length > 0
      ? [`<path d="M${x} ${rule}h${width}" stroke="#d1d9e0"/>`]
      : []),
  ].join("\n");
}

/** From the parent's head to the child's first column of the key; around the right side where the child is not further right. */
function writeLine({ child, parent, columns, optional }: DiagramLine, boxes: readonly Box[]): string {
  const from = boxes.find(({ table }) => table.name === parent);
  const to = boxes.find(({ table }) => table.name === child);
  if (from === undefined || to === undefined) return "";
  const row = to.table.columns.findIndex(({ name }) => name === columns[0]);
  const [x1, y1] = [from.x + from.width, from.y + rowHeight / 2 + 1];
  const y2 = to.y + rowHeight * (row + 1) + rowHeight / 2 + 4;
  const isRight = to.x >= x1;
  const x2 = isRight ? to.x : to.x + to.width;
  const bend = Math.round(isRight ? gap.columns / 2 : gap.columns * 0.6);
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${isRight ? x2 - bend : x2 + bend} ${y2} ${x2} ${y2}`;
  const dash = optional ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${path}" fill="none" stroke="#0969da" stroke-width="1.5"${dash}/>\n<circle cx="${x2}" cy="${y2}" r="3.5" fill="#0969da"/>`;
}

function writeText(x: number, y: number, text: string, fill: string, more = ""): string {
  return `<text x="${x}" y="${y}" fill="${fill}"${more === "" ? "" : ` ${more}`}>${escape(text)}</text>`;
}

function shorten(text: string): string {
  const letters = [...text];
  return letters.length <= mostLetters ? text : `${letters.slice(0, mostLetters - 1).join("")}…`;
}

/** XML has no control characters, not even escaped ones, and no halves of a pair. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, "�")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
