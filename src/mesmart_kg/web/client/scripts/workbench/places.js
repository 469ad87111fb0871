/** A map of an answer's places. Loaded only when it is looked at; the drawing is the site's own (`basemap`). */

import { makeMap } from "../lib/basemap.js";

/**
 * Draw the features of a collection (RFC 7946); return how many places there are. What is no point is shown by
 * a point in its middle.
 * @param {HTMLElement} target
 * @param {{features: {geometry: any, properties: Record<string, unknown>}[]}} collection
 * @param {{address: (iri: string) => string | null, words: import("../lib/basemap.js").Words}} tools
 */
export function drawMap(target, collection, { address, words }) {
  const places = collection.features.flatMap(({ geometry, properties }) => {
    if (!geometry) return [];
    const values = Object.values(properties).filter((value) => value !== null);
    const texts = values.filter((value) => typeof value === "string");
    const iri = texts.find((text) => /^https?:/.test(text));
    const others = values.filter((value) => value !== iri).map(String);
    const said = { name: others[0] ?? iri ?? "", detail: others.slice(1, 4).join(" · "), href: iri ? address(iri) : null };
    return middlesOf(geometry).map(([longitude, latitude]) => ({ longitude, latitude, ...said }));
  });
  makeMap(target, places, words);
  return places.length;
}

/** @param {any} geometry @returns {[number, number][]} */
function middlesOf(geometry) {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(middlesOf);
  if (geometry.type === "Point") return geometry.coordinates.length ? [geometry.coordinates] : [];
  if (geometry.type === "MultiPoint") return geometry.coordinates;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const widen = (part) => {
    if (typeof part[0] !== "number") return part.forEach(widen);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  widen(geometry.coordinates);
  return Number.isFinite(box[0]) ? [[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]] : [];
}
