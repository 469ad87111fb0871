/** A chart of an answer: names from one column, numbers from another. Loaded only when it is looked at. */

import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, TooltipComponent, CanvasRenderer]);

const MOST = { bar: 200, line: 2000, pie: 24 };

/**
 * Draw a chart into an element, in the place of the one that is there; return how many rows it shows.
 * @param {HTMLElement} target
 * @param {{kind: "bar" | "line" | "pie", items: {name: string, value: number}[], title: string}} given
 */
export function drawChart(target, { kind, items, title }) {
  const style = getComputedStyle(target);
  const shown = items.slice(0, MOST[kind]);
  const names = shown.map(({ name }) => name);
  const isUpright = kind !== "bar";
  const text = { color: style.color, fontFamily: style.fontFamily };
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const colour = style.getPropertyValue("--chart-colour").trim() || "#0066cc";
  // Bars lie, so that names of any length can be read beside them.
  if (kind === "bar") target.style.height = `${Math.max(240, 26 * shown.length + 60)}px`;
  else target.style.height = "26rem";
  chartOf(target)?.dispose();
  const chart = init(target);
  charts.set(target, chart);
  const labels = { type: "category", data: names, axisLabel: { ...text, width: 150, overflow: "truncate" } };
  const numbers = { type: "value", axisLabel: text };
  chart.setOption({
    animation: !isStill,
    aria: { enabled: true, label: { description: title } },
    textStyle: text,
    color: kind === "pie" ? undefined : [colour],
    // Text, not HTML: a name may hold anything, and the page's policy allows no styles in markup.
    tooltip: { renderMode: "richText", confine: true },
    ...(kind === "pie"
      ? { series: [{ type: "pie", data: shown, radius: "65%", label: { ...text, width: 110, overflow: "truncate" } }] }
      : {
          grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
          xAxis: isUpright ? labels : numbers,
          yAxis: isUpright ? numbers : { ...labels, inverse: true },
          series: [{ type: kind, data: shown.map(({ value }) => value), name: title }],
        }),
  });
  target.setAttribute("aria-label", title);
  return shown.length;
}

/** @type {WeakMap<HTMLElement, import("echarts/core").ECharts>} */
const charts = new WeakMap();
const chartOf = (target) => charts.get(target);

addEventListener("resize", () => {
  for (const target of document.querySelectorAll('[data-part="drawing"]')) chartOf(target)?.resize();
});
