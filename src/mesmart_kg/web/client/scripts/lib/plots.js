/**
 * Charts by Apache ECharts, drawn from tables. `drawFigure` takes a figure of `_charts.html`; `plot` takes
 * the parts themselves, for whoever has no table yet.
 *
 * What colours tell, shapes or patterns tell too; nothing moves where the reader asked for that; texts that
 * point at something are drawn, not written as HTML, which would want inline styles.
 */

import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { COLOURS, FAINT, GRID, INK, SYMBOLS } from "./looks.js";

use([
  BarChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  CanvasRenderer,
]);

const DATE = /^\d{4}(-\d{2}){0,2}$/;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * What a chart is made of. `rows` hold what the cells say; `numbers` the values of the same cells, null where
 * one has none; `links` the address that a cell leads to, or null; `dates`, if told, the date that each row is about
 * (ISO 8601, of any precision), whose first cell says it in the reader's words.
 *
 * @typedef {{ columns: string[], rows: string[][], numbers: (number | null)[][], links: (string | null)[][], dates?: string[] }} Data
 */

/**
 * Draw a figure's table above it, and fold the table away unless somebody is in it.
 *
 * @param {HTMLElement} figure
 * @returns {Promise<import("echarts/core").ECharts | null>} null for a table without rows
 */
export async function drawFigure(figure) {
  const data = readTable(figure.querySelector("table"));
  if (!data.rows.length) return null;
  const canvas = document.createElement("div");
  canvas.className = "chart-canvas";
  const table = figure.querySelector("details");
  figure.insertBefore(canvas, table);
  // Not from under a reader who is in it already: the focus would be lost.
  if (table && !table.contains(document.activeElement)) table.open = false;
  const title = figure.querySelector(".chart-title")?.textContent ?? "";
  return plot(canvas, figure.dataset.chart ?? "bar", title.trim(), data);
}

/**
 * Read a table whose numbers stand in `data-value`.
 *
 * @param {HTMLTableElement} table
 * @returns {Data}
 */
export function readTable(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells]);
  return {
    columns: [...table.tHead.rows[0].cells].map(read),
    rows: rows.map((cells) => cells.map(read)),
    numbers: rows.map((cells) => cells.map(({ dataset: { value } }) => (value ? Number(value) : null))),
    links: rows.map((cells) => cells.map((cell) => cell.querySelector("a")?.getAttribute("href") ?? null)),
    dates: rows.map(([first]) => first.dataset.when ?? read(first)),
  };
}

function read(cell) {
  return cell.textContent.trim().replaceAll(/\s+/g, " ");
}

/**
 * Draw into an element, which is as wide as it is, and as high as what it shows needs.
 *
 * @param {HTMLElement} element
 * @param {string} kind as `_charts.html` lists them
 * @param {string} title what screen readers hear
 * @param {Data} data
 */
export async function plot(element, kind, title, data) {
  element.dataset.size = kind === "network" ? "tall" : kind === "bar" && data.rows.length > 8 ? "tall" : "wide";
  const option = kind === "network" ? await toNetwork(data) : toSeries(kind, data, element.clientWidth);
  const chart = init(element, null, { renderer: "canvas" });
  chart.setOption({
    animation: !STILL.matches,
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(element).fontFamily, color: INK, fontSize: 14 },
    aria: { enabled: true, label: { description: title }, decal: { show: kind === "stacked" } },
    tooltip: {
      renderMode: "richText",
      confine: true,
      trigger: ["network", "scatter", "growth"].includes(kind) ? "item" : "axis",
      axisPointer: { type: kind === "bar" || kind === "stacked" ? "shadow" : "line" },
      ...option.tooltip,
    },
    ...option.rest,
  });
  chart.on("click", ({ data: point }) => {
    if (point?.link) location.assign(point.link);
  });
  new ResizeObserver(() => chart.resize()).observe(element);
  return chart;
}

function toSeries(kind, { columns, rows, numbers, links, dates = rows.map(([first]) => first) }, width) {
  const drawn = columns.map((_, i) => i).filter((i) => i > 0 && numbers.some((row) => row[i] !== null));
  const isTime = kind !== "bar" && dates.every((date) => DATE.test(date)) && kind !== "stacked";
  const isSingle = (index) => kind === "scatter" || (kind === "growth" && index === 0);
  const place = (row) => (isTime ? toTime(dates[row]) : rows[row][0]);
  const series = drawn.map((column, index) => ({
    name: columns[column],
    type: isSingle(index) ? "scatter" : kind === "bar" || kind === "stacked" ? "bar" : "line",
    step: kind === "step" || kind === "growth" ? "end" : false,
    stack: kind === "stacked" ? "all" : null,
    symbol: SYMBOLS[index % SYMBOLS.length],
    symbolSize: 9,
    showSymbol: true,
    lineStyle: { width: 2.5, type: index % 2 ? "dashed" : "solid" },
    barMaxWidth: 28,
    data: numbers
      .map((row, i) => {
        const value = kind === "bar" ? [row[column], rows[i][0]] : [place(i), row[column]];
        return { value, name: rows[i][0], link: links[i][0], told: row[column] !== null };
      })
      .filter(({ told }) => told),
  }));
  const names = rows.map(([first]) => first);
  const numeric = {
    type: "value",
    minInterval: numbers.flat().every((value) => value === null || Number.isInteger(value)) ? 1 : undefined,
    splitLine: { lineStyle: { color: GRID } },
    axisLabel: { color: FAINT },
  };
  const category = {
    type: isTime ? "time" : "category",
    data: isTime ? undefined : names,
    inverse: kind === "bar",
    axisTick: { show: false },
    axisLine: { lineStyle: { color: FAINT } },
    axisLabel: { color: INK, hideOverlap: true, width: kind === "bar" ? 150 : undefined, overflow: "truncate" },
  };
  // On a phone the names of the series stand below each other, or they would lie upon the drawing.
  const isNarrow = width < 480;
  const head = series.length > 1 ? (isNarrow ? 16 + 28 * series.length : 44) : 12;
  return {
    tooltip: { formatter: isTime ? (points) => describe([points].flat()) : undefined },
    rest: {
      legend: {
        show: series.length > 1,
        orient: isNarrow ? "vertical" : "horizontal",
        top: 0,
        left: 0,
        itemGap: isNarrow ? 10 : 20,
        textStyle: { color: INK, fontSize: 14, width: isNarrow ? width - 60 : undefined, overflow: "truncate" },
      },
      grid: { left: 8, right: 20, top: head, bottom: 8, containLabel: true },
      xAxis: kind === "bar" ? numeric : category,
      yAxis: kind === "bar" ? category : numeric,
      series,
    },
  };
}

/** What the points under the pointer say: dates as the sources give them, not as the axis needs them. */
function describe(points) {
  return points.map(({ seriesName, data }) => `${data.name}: ${data.value[1]} (${seriesName})`).join("\n");
}

/** A date of any precision as the middle of the time that it names, in milliseconds. */
function toTime(date) {
  const [year, month, day] = date.split("-").map(Number);
  return Date.UTC(year, month ? month - 1 : 6, day || (month ? 15 : 1));
}

/** Networks have a part of the library for themselves. */
async function toNetwork(data) {
  const networks = await import("./networks.js");
  return networks.toNetwork(data);
}
