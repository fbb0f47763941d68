// Pictures of a run as SVG, by ECharts, which draws them without a browser. Readable on a light and a dark page.
import { init, type EChartsOption } from "echarts";

import type { Measured } from "./blocks.ts";
import type { CellResult, Results } from "./run.ts";
import { type Stack, stacks, workloadOf } from "./stacks.ts";
import { median } from "./statistics.ts";

const size = { width: 900, height: 360 };
/** Short: without a browser nobody knows how wide a text is. */
const names: Readonly<Record<Stack, string>> = {
  raw: "raw fetch",
  client: "libSQL client",
  drizzle: "Drizzle",
  eaves: "Eaves",
  d1: "D1, local",
};
/** In the middle between black and white, as the colours of the stacks are. */
const ink = "#7d8590";
const colors: Readonly<Record<Stack, string>> = {
  raw: "#8b949e",
  client: "#c69026",
  drizzle: "#4184e4",
  eaves: "#2da44e",
  d1: "#986ee2",
};

/** The pictures by file name. */
export function drawPlots({ cells }: Results, connections: number): Readonly<Record<string, string>> {
  const near = cells.filter((cell) => cell.delayMs === 0 && cell.connections === connections);
  const far = cells.filter((cell) => cell.delayMs > 0 && cell.connections === 1);
  const at = `connections: ${connections}`;
  return {
    "service-throughput.svg": draw(
      `Requests a second, closed loop, ${at}`,
      near,
      [({ requestsPerSecond }) => requestsPerSecond],
      10,
    ),
    "service-latency.svg": draw(`p50 (full) and p99 (pale) in ms, the same fixed rate for all, ${at}`, near, [
      ({ p50 }) => p50,
      ({ p99 }) => p99,
    ]),
    ...(far.length === 0
      ? {}
      : {
          "service-latency-far.svg": draw(
            `p50 (full) and p99 (pale) in ms, database ${far[0]?.delayMs ?? 0} ms away, connections: 1`,
            far,
            [({ p50 }) => p50, ({ p99 }) => p99],
          ),
        }),
  };
}

/** Bars by workload, one for each stack; a second value is a paler bar behind the first. */
function draw(
  title: string,
  all: readonly CellResult[],
  values: readonly ((measured: Measured) => readonly number[])[],
  logBase = 2,
): string {
  const cells = all.filter(({ measured }) =>
    Object.values(measured).some((found) => values.every((valuesOf) => valuesOf(found).length > 0)),
  );
  const shown = stacks.filter((stack) => cells.some(({ measured }) => measured[stack] !== undefined));
  const series = shown.flatMap((stack) =>
    values.map((valuesOf, depth) => ({
      name: names[stack],
      type: "bar" as const,
      // The second value stands behind the first, not beside it.
      barGap: "12%",
      xAxisIndex: depth,
      z: values.length - depth,
      itemStyle: { color: colors[stack], opacity: depth === 0 ? 1 : 0.35 },
      data: cells.map(({ measured }) => {
        const found = measured[stack];
        const blocks = found === undefined ? [] : valuesOf(found);
        return blocks.length === 0 ? null : Number(median(blocks).toPrecision(4));
      }),
    })),
  );
  const categories = cells.map(({ workload }) => workloadOf(workload).name);
  return render({
    title: { text: title, left: 8, top: 4, textStyle: { color: ink, fontSize: 14, fontWeight: "normal" } },
    legend: { bottom: 4, itemGap: 28, data: shown.map((stack) => names[stack]), textStyle: { color: ink } },
    grid: { left: 60, right: 16, top: 40, bottom: 70 },
    xAxis: values.map((_value, depth) => ({
      type: "category",
      data: categories,
      show: depth === 0,
      position: "bottom",
      axisLabel: { color: ink, interval: 0, width: 130, overflow: "break" },
      axisLine: { lineStyle: { color: ink } },
    })),
    yAxis: {
      type: "log",
      logBase,
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: ink, opacity: 0.25 } },
    },
    series,
  });
}

function render(option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({ animation: false, backgroundColor: "transparent", ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
