/** Ties between things as ECharts wants them: what `plots.js` asks for a table of kind `network`. */

import { GraphChart } from "echarts/charts";
import { use } from "echarts/core";
import { FAINT, INK, SYMBOLS } from "./looks.js";

use([GraphChart]);

const ROUNDS = 300;
/** Pixels left free around the middles of the outermost things, for their names. */
const MARGIN = { left: 85, right: 85, top: 55, bottom: 75, containLabel: false };
/** Places are shares of the drawing's sides, so that things keep their shape whatever its own is. */
const AXIS = { type: "value", min: 0, max: 1, show: false };

/**
 * @param {import("./plots.js").Data} data the first two columns are things, a column of numbers how strong a tie is
 */
export function toNetwork({ columns, rows, numbers, links }) {
  const weight = columns.findIndex((_, i) => numbers.some((row) => row[i] !== null));
  const strength = (row) => (weight < 0 ? 1 : (numbers[row][weight] ?? 1));
  // Two columns of the same name hold the same kind of thing.
  const kinds = columns[0] === columns[1] ? [0] : [0, 1];
  const nodes = new Map();
  rows.forEach((cells, row) => {
    for (const column of [0, 1]) {
      const name = cells[column];
      const node = nodes.get(name) ?? { name, link: links[row][column], category: kinds[column] ?? 0, weight: 0 };
      node.weight += strength(row);
      nodes.set(name, node);
    }
  });
  const most = Math.max(...[...nodes.values()].map((node) => node.weight));
  const heaviest = Math.max(...rows.map((_, row) => strength(row)));
  const places = fill(spread([...nodes.keys()], rows));
  return {
    tooltip: {
      formatter: ({ dataType, data }) =>
        dataType === "edge" ? `${data.source} – ${data.target}${weight < 0 ? "" : `: ${data.value}`}` : data.name,
    },
    rest: {
      grid: MARGIN,
      xAxis: AXIS,
      yAxis: AXIS,
      legend: { show: kinds.length > 1, top: 0, left: 0, textStyle: { color: INK, fontSize: 14 } },
      series: [
        {
          type: "graph",
          layout: "none",
          coordinateSystem: "cartesian2d",
          cursor: "pointer",
          label: {
            show: true,
            position: "bottom",
            color: INK,
            fontSize: 13,
            lineHeight: 16,
            width: 150,
            overflow: "break",
            textBorderColor: "#fff",
            textBorderWidth: 3,
          },
          // Where names would lie upon each other, some wait for the pointer; the table has them all.
          labelLayout: { hideOverlap: true },
          lineStyle: { color: FAINT, opacity: 0.6 },
          emphasis: { focus: "adjacency" },
          categories: kinds.map((kind) => ({ name: columns[kind], symbol: SYMBOLS[kind] })),
          data: [...nodes.values()].map((node) => ({
            ...node,
            value: places.get(node.name),
            symbolSize: 14 + 26 * Math.sqrt(node.weight / most),
          })),
          links: rows.map(([source, target], row) => ({
            source,
            target,
            value: strength(row),
            lineStyle: { width: weight < 0 ? 1.5 : 1 + 5 * (strength(row) / heaviest) },
          })),
        },
      ],
    },
  };
}

/**
 * Give each name a place, so that what is tied lies near and nothing lies upon another (Fruchterman and
 * Reingold, 1991). The same ties give the same picture: it begins with a circle, in the order of the names.
 *
 * @param {string[]} names
 * @param {string[][]} ties pairs of names
 * @returns {Map<string, {x: number, y: number}>}
 */
function spread(names, ties) {
  const places = new Map(
    names.map((name, i) => {
      const turn = (2 * Math.PI * i) / names.length;
      return [name, { x: Math.cos(turn), y: Math.sin(turn) }];
    }),
  );
  const ideal = 1.6 / Math.sqrt(names.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    const moves = new Map(names.map((name) => [name, { x: 0, y: 0 }]));
    const push = (from, to, force) => {
      const [a, b] = [places.get(from), places.get(to)];
      const [dx, dy] = [a.x - b.x, a.y - b.y];
      const distance = Math.max(Math.hypot(dx, dy), 0.01);
      const share = force(distance) / distance;
      moves.get(from).x += dx * share;
      moves.get(from).y += dy * share;
      moves.get(to).x -= dx * share;
      moves.get(to).y -= dy * share;
    };
    names.forEach((first, i) => {
      for (const second of names.slice(i + 1)) push(first, second, (distance) => ideal ** 2 / distance);
    });
    for (const [first, second] of ties) {
      if (first !== second) push(first, second, (distance) => -(distance ** 2) / ideal);
    }
    const longest = 0.15 * (1 - round / ROUNDS);
    for (const [name, { x, y }] of moves) {
      const length = Math.max(Math.hypot(x, y), 0.0001);
      const step = Math.min(length, longest) / length;
      const place = places.get(name);
      places.set(name, { x: place.x + x * step, y: place.y + y * step });
    }
  }
  return places;
}

/** Stretch places over the whole drawing, as [x, y] from 0 to 1. */
function fill(places) {
  const reach = (axis) => {
    const values = [...places.values()].map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[west, east], [north, south]] = [reach("x"), reach("y")];
  const share = (value, from, to) => (to > from ? (value - from) / (to - from) : 0.5);
  return new Map([...places].map(([name, { x, y }]) => [name, [share(x, west, east), share(y, north, south)]]));
}
