/**
 * A map by OpenLayers: outlines of countries from a file of ours, points in clusters, a filter, popups.
 *
 * `makeMap(target, features, words)` fills an element that has `data-outlines`, the address of the asset
 * `outlines/countries.json`. With the keyboard: Tab to the map, arrows move it, + and - zoom, Enter opens what is
 * nearest to the middle, Escape closes it. Whoever uses it shows the same points as a table as well.
 */

import Feature from "ol/Feature.js";
import OlMap from "ol/Map.js";
import Overlay from "ol/Overlay.js";
import View from "ol/View.js";
import Attribution from "ol/control/Attribution.js";
import Zoom from "ol/control/Zoom.js";
import { boundingExtent, getCenter, getHeight, getWidth } from "ol/extent.js";
import TopoJSON from "ol/format/TopoJSON.js";
import Point from "ol/geom/Point.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat } from "ol/proj.js";
import Cluster from "ol/source/Cluster.js";
import VectorSource from "ol/source/Vector.js";
import CircleStyle from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import Text from "ol/style/Text.js";

const LAND = "#e3e8ee";
const BORDER = "#9aa7b5";
const LAND_STYLE = new Style({ fill: new Fill({ color: LAND }), stroke: new Stroke({ color: BORDER, width: 0.7 }) });
const BORDER_STYLE = new Style({ stroke: new Stroke({ color: BORDER, width: 1 }) });
const POINT = "#0066cc";
const GROUP = "#17324d";
const NEAREST_ZOOM = 11;
const MOST_IN_POPUP = 50;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @typedef {object} Place a point; what it says is shown as text, whoever wrote it
 * @property {number} longitude in degrees
 * @property {number} latitude in degrees
 * @property {string} name
 * @property {string} [lang] of the name, where it isn't the page's
 * @property {string | null} [href]
 * @property {string} [detail] a line below the name
 * @property {string[]} [groups] what `filter` may ask for
 */

/**
 * @typedef {object} Words in the reader's language; they come from the page
 * @property {string} zoomIn
 * @property {string} zoomOut
 * @property {string} close
 * @property {string} attribution
 */

/**
 * @param {HTMLElement} target
 * @param {Place[]} places
 * @param {Words} words
 * @returns {{ map: OlMap, filter: (keep: (place: Place) => boolean) => number, fit: () => void }} `filter`
 *   shows those that it keeps, and returns how many they are
 */
export function makeMap(target, places, words) {
  const all = places.map((place) => {
    const feature = new Feature({ geometry: new Point(fromLonLat([place.longitude, place.latitude])) });
    feature.set("place", place);
    return feature;
  });
  const points = new VectorSource({ features: all });
  const clusters = new Cluster({ source: points, distance: 36, minDistance: 18 });
  const popup = new Popup(words.close, target);
  const map = new OlMap({
    target,
    layers: [
      new VectorLayer({
        source: new VectorSource({
          url: target.dataset.outlines,
          format: new TopoJSON({ dataProjection: "EPSG:4326" }),
          attributions: escape(words.attribution),
        }),
        style: (each) => (each.getGeometry().getType() === "MultiPolygon" ? LAND_STYLE : BORDER_STYLE),
      }),
      new VectorLayer({ source: clusters, style: (each, resolution) => toStyle(each, resolution) }),
    ],
    overlays: [popup.overlay],
    controls: [
      new Zoom({ zoomInTipLabel: words.zoomIn, zoomOutTipLabel: words.zoomOut }),
      new Attribution({ collapsible: false }),
    ],
    view: new View({ center: fromLonLat([10, 45]), zoom: 3, minZoom: 1, maxZoom: NEAREST_ZOOM }),
  });

  const fit = () => {
    const shown = points.getFeatures();
    if (shown.length) showAll(map, shown, false);
  };
  const open = (cluster) => {
    const members = cluster.get("features");
    const isSpread = spread(members) > map.getView().getResolution() * 4;
    if (members.length > 1 && isSpread && map.getView().getZoom() < NEAREST_ZOOM) showAll(map, members, true);
    else popup.show(members.map((each) => each.get("place")), cluster.getGeometry().getCoordinates());
  };
  map.on("click", ({ pixel }) => {
    const hit = map.getFeaturesAtPixel(pixel, { hitTolerance: 6 }).find((each) => each.get("features"));
    if (hit) open(hit);
    else popup.hide();
  });
  map.on("pointermove", ({ pixel, dragging }) => {
    if (dragging) return;
    const hits = map.getFeaturesAtPixel(pixel, { hitTolerance: 6 });
    target.classList.toggle("map-pointing", hits.some((each) => each.get("features")));
  });
  target.addEventListener("keydown", (event) => {
    if (event.key === "Escape") popup.hide();
    if (event.key !== "Enter" || event.target !== target) return;
    const centre = map.getView().getCenter();
    const nearest = clusters.getClosestFeatureToCoordinate(centre);
    if (nearest) open(nearest);
  });
  fit();
  return {
    map,
    fit,
    filter(keep) {
      popup.hide();
      const kept = all.filter((each) => keep(each.get("place")));
      points.clear(true);
      points.addFeatures(kept);
      fit();
      return kept.length;
    },
  };
}

/** The longer side of what holds some features, in metres of the map. */
function spread(features) {
  const extent = boundingExtent(features.map((each) => each.getGeometry().getCoordinates()));
  return Math.max(getWidth(extent), getHeight(extent));
}

function showAll(map, features, isMoving) {
  const extent = boundingExtent(features.map((each) => each.getGeometry().getCoordinates()));
  const duration = isMoving && !STILL.matches ? 350 : 0;
  if (spread(features) === 0) map.getView().animate({ center: getCenter(extent), zoom: 7, duration });
  else map.getView().fit(extent, { padding: [50, 50, 50, 50], maxZoom: NEAREST_ZOOM, duration });
}

function toStyle(cluster, resolution) {
  const members = cluster.get("features");
  const isGroup = members.length > 1;
  const style = new Style({
    image: new CircleStyle({
      radius: isGroup ? 12 + 3 * Math.log2(members.length) : 7,
      fill: new Fill({ color: isGroup ? GROUP : POINT }),
      stroke: new Stroke({ color: "#fff", width: 2 }),
    }),
    zIndex: members.length,
  });
  const font = (size, weight) => `${weight} ${size}px "Titillium Web", sans-serif`;
  if (isGroup) {
    style.setText(new Text({ text: String(members.length), font: font(14, 700), fill: new Fill({ color: "#fff" }) }));
  } else if (resolution < 2500) {
    style.setText(
      new Text({
        text: members[0].get("place").name.slice(0, 60),
        font: font(14, 600),
        offsetY: -17,
        fill: new Fill({ color: GROUP }),
        stroke: new Stroke({ color: "#fff", width: 3 }),
      }),
    );
  }
  return style;
}

/** OpenLayers writes attributions as HTML. */
function escape(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}

/** What is told of the places at one point: links in a box above it. */
class Popup {
  constructor(close, target) {
    this.target = target;
    this.box = document.createElement("div");
    this.box.className = "map-popup";
    this.box.setAttribute("role", "group");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "map-close";
    button.setAttribute("aria-label", close);
    button.textContent = "×";
    button.addEventListener("click", () => this.hide());
    this.list = document.createElement("ul");
    this.box.append(button, this.list);
    this.overlay = new Overlay({
      element: this.box,
      positioning: "bottom-center",
      offset: [0, -14],
      autoPan: { margin: 12, animation: { duration: STILL.matches ? 0 : 200 } },
    });
  }

  show(places, coordinate) {
    this.list.replaceChildren(...places.slice(0, MOST_IN_POPUP).map(toItem));
    this.overlay.setPosition(coordinate);
    (this.list.querySelector("a") ?? this.box.querySelector("button")).focus({ preventScroll: true });
  }

  hide() {
    if (!this.overlay.getPosition()) return;
    const hadFocus = this.box.contains(document.activeElement);
    this.overlay.setPosition(undefined);
    if (hadFocus) this.target.focus({ preventScroll: true });
  }
}

function toItem({ name, lang, href, detail }) {
  const item = document.createElement("li");
  const title = document.createElement(href ? "a" : "strong");
  if (href) title.setAttribute("href", href);
  if (lang) title.lang = lang;
  title.dir = "auto";
  title.textContent = name.slice(0, 160);
  item.append(title);
  if (detail) {
    const line = document.createElement("span");
    line.textContent = detail.slice(0, 300);
    item.append(line);
  }
  return item;
}
