/**
 * Outlines of land and borders, made once when the assets are built, from Natural Earth (public domain) as
 * the package world-atlas holds it. Three kinds of file:
 *
 * - `outlines/world.svg`: the whole world, coarse (1:110 million), for maps that show much of it;
 * - `outlines/{west}_{south}.svg`: a square of 30 degrees, finer (1:50 million), named by its south-western
 *   corner; a map without script shows those that its window touches (mesmart_kg.web.locating);
 * - `outlines/countries.json`: TopoJSON with `land` and `borders`, for the map with script.
 *
 * All SVG is in degrees, x the longitude and y the latitude turned over (plate carrée, EPSG:4326), so
 * that a page places points and outlines by the same numbers. Squares reach a little over their edges: two
 * neighbours drawn side by side leave no hairline between them.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { feature, mesh } from "topojson-client";

/** Side of a square, in degrees. `mesmart_kg.web.locating.SQUARE` is the same number. */
const SQUARE = 30;
/** How far a square reaches over its edges, in degrees. */
const OVERLAP = 0.1;
const LAND = "#e3e8ee";
const BORDER = "#9aa7b5";

const require = createRequire(import.meta.url);

/**
 * Make all files.
 *
 * @returns {Promise<{name: string, content: string}[]>} each with its path below the folder of assets
 */
export async function makeOutlines() {
  const [coarse, fine] = await Promise.all([read("countries-110m"), read("countries-50m")]);
  const files = [
    { name: "outlines/world.svg", content: draw(coarse, [-180, -90, 180, 90], 2, 0.3) },
    { name: "outlines/countries.json", content: JSON.stringify(toTopology(fine, 2)) },
  ];
  for (let west = -180; west < 180; west += SQUARE) {
    for (let south = -90; south < 90; south += SQUARE) {
      const window = [west - OVERLAP, south - OVERLAP, west + SQUARE + OVERLAP, south + SQUARE + OVERLAP];
      files.push({ name: `outlines/${west}_${south}.svg`, content: draw(fine, window, 2, 0.05) });
    }
  }
  return files;
}

async function read(name) {
  return JSON.parse(await readFile(require.resolve(`world-atlas/${name}.json`), "utf-8"));
}

/** Land and borders as TopoJSON: what lies across the 180th meridian goes on beyond it, to 190 and more. */
function toTopology(topology, digits) {
  const arcs = [];
  const toArc = (points) => {
    const whole = points.map((point) => point.map((value) => Math.round(value * 10 ** digits)));
    const steps = whole.map(([x, y], i) => (i ? [x - whole[i - 1][0], y - whole[i - 1][1]] : [x, y]));
    return arcs.push(steps.filter(([x, y], i) => i < 2 || x || y)) - 1;
  };
  return {
    type: "Topology",
    transform: { scale: [10 ** -digits, 10 ** -digits], translate: [0, 0] },
    objects: {
      land: {
        type: "MultiPolygon",
        arcs: polygons(topology).map((rings) => rings.map((ring) => [toArc([...ring, ring[0]])])),
      },
      borders: { type: "MultiLineString", arcs: borders(topology).map((line) => [toArc(line)]) },
    },
    arcs,
  };
}

/** Draw what lies in a window of degrees [west, south, east, north]; `digits` after the point. */
function draw(topology, window, digits, width) {
  const [west, south, east, north] = window;
  // What goes on beyond a meridian of 180 degrees belongs to the other side, too.
  const sides = [0, -360, 360].map((shift) => [west + shift, south, east + shift, north]);
  const cut = (shapes, clip) =>
    sides.flatMap((side, i) =>
      shapes
        .flatMap((points) => clip(points, side))
        .map((points) => points.map(([x, y]) => [x - [0, -360, 360][i], y])),
    );
  const land = cut(polygons(topology).flat(), (ring, side) => [clipRing(ring, side)])
    .map((ring) => toPath(ring, digits, true))
    .join("");
  const lines = cut(borders(topology), clipLine)
    .map((line) => toPath(line, digits, false))
    .join("");
  const box = `${round(west, 2)} ${round(-north, 2)} ${round(east - west, 2)} ${round(north - south, 2)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" preserveAspectRatio="none">`,
    land && `<path fill="${LAND}" fill-rule="evenodd" d="${land}"/>`,
    lines && `<path fill="none" stroke="${BORDER}" stroke-width="${width}" stroke-linejoin="round" d="${lines}"/>`,
    "</svg>",
  ]
    .filter(Boolean)
    .join("");
}

/** All land as polygons, each a list of rings, outer first, without the repeated last point. */
function polygons(topology) {
  const { features } = feature(topology, topology.objects.land);
  return features
    .flatMap(({ geometry: { type, coordinates } }) => (type === "Polygon" ? [coordinates] : coordinates))
    .map((rings) => rings.map((ring) => enclose(unwrap(ring))));
}

/** Borders between two countries, without their coasts. */
function borders(topology) {
  return mesh(topology, topology.objects.countries, (a, b) => a !== b).coordinates.map(unwrap);
}

/** Follow a line over the 180th meridian: longitudes go on, where the file leaps to the other side. */
function unwrap(points) {
  let shift = 0;
  return points.map(([x, y], i) => {
    const leap = i ? x - points[i - 1][0] : 0;
    if (Math.abs(leap) > 180) shift -= Math.sign(leap) * 360;
    return [x + shift, y];
  });
}

/** Open a ring's end; one that goes round the whole world is led over the pole, which it goes round. */
function enclose(ring) {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (Math.abs(last[0] - first[0]) < 180) return ring.slice(0, -1);
  const pole = first[1] < 0 ? -90 : 90;
  return [...ring, [last[0], pole], [first[0], pole]];
}

/** Cut a ring to a window (Sutherland and Hodgman): it may then run along the edge, which is only filled. */
function clipRing(ring, window) {
  return edges(window).reduce((points, { inside, cross }) => {
    const kept = [];
    points.forEach((point, index) => {
      const before = points[(index + points.length - 1) % points.length];
      if (inside(point) !== inside(before)) kept.push(cross(before, point));
      if (inside(point)) kept.push(point);
    });
    return kept;
  }, ring);
}

/** Cut a line to a window: none, one or several lines. */
function clipLine(line, window) {
  return edges(window).reduce(
    (lines, { inside, cross }) =>
      lines.flatMap((points) => {
        const pieces = [];
        let piece = [];
        points.forEach((point, index) => {
          const before = points[index - 1];
          if (before && inside(point) !== inside(before)) {
            piece.push(cross(before, point));
            if (inside(before)) {
              pieces.push(piece);
              piece = [];
            }
          }
          if (inside(point)) piece.push(point);
        });
        pieces.push(piece);
        return pieces.filter(({ length }) => length > 1);
      }),
    [line],
  );
}

function edges([west, south, east, north]) {
  const edge = (axis, value, side) => ({
    inside: (point) => side * point[axis] >= side * value,
    cross: (from, to) => {
      const share = (value - from[axis]) / (to[axis] - from[axis]);
      const other = from[1 - axis] + share * (to[1 - axis] - from[1 - axis]);
      return axis === 0 ? [value, other] : [other, value];
    },
  });
  return [edge(0, west, 1), edge(0, east, -1), edge(1, south, 1), edge(1, north, -1)];
}

/** Write points as path data, each relative to the one before, those that fall together as one. */
function toPath(points, digits, closed) {
  const scale = 10 ** digits;
  const whole = points.map(([x, y]) => [Math.round(x * scale), Math.round(-y * scale)]);
  const distinct = whole.filter(([x, y], i) => i === 0 || x !== whole[i - 1][0] || y !== whole[i - 1][1]);
  if (distinct.length < (closed ? 3 : 2)) return "";
  const number = (value) => String(round(value / scale, digits)).replace(/^(-?)0\./, "$1.");
  const [first, ...rest] = distinct;
  const moves = rest.map(([x, y], i) => {
    const dx = number(x - distinct[i][0]);
    const dy = number(y - distinct[i][1]);
    return `${i && !dx.startsWith("-") ? " " : ""}${dx}${dy.startsWith("-") ? "" : " "}${dy}`;
  });
  return `M${number(first[0])} ${number(first[1])}l${moves.join("")}${closed ? "z" : ""}`;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
