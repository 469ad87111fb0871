/**
 * The page /map: its table as a map, and its filter without a new page.
 *
 * Everything comes from the table: a row with `data-longitude` is a point, `data-communities` what the filter
 * asks for. Without script the page has a drawing in the map's place, and the form asks the server.
 */

import "ol/ol.css";
import { makeMap } from "./lib/basemap.js";

const target = document.querySelector("#map");
const form = document.querySelector("#map-filter");
const choice = form.elements.namedItem("community");
const rows = [...document.querySelectorAll("#cities tbody tr")];
const status = document.querySelector("#map-status");
const words = document.querySelector("#map-words").dataset;

const places = rows.filter(({ dataset }) => dataset.longitude).map(toPlace);
document.querySelector("#map-still").hidden = true;
target.hidden = false;
document.querySelector("#map-keys").hidden = false;
const { filter, map } = makeMap(target, places, words);
// Everything is in the table of the unfiltered page only; from a filtered one, the server is asked for more.
const isWhole = !("filtered" in form.dataset);

/** @returns {import("./lib/basemap.js").Place} */
function toPlace(row) {
  const link = row.querySelector("th a");
  return {
    longitude: Number(row.dataset.longitude),
    latitude: Number(row.dataset.latitude),
    name: row.querySelector("th").textContent.trim(),
    lang: link?.lang,
    href: link?.getAttribute("href"),
    detail: [...row.querySelectorAll("[data-tie]")].map(({ textContent }) => textContent.trim()).join(" · "),
    groups: communitiesOf(row),
  };
}

function communitiesOf({ dataset }) {
  return (dataset.communities ?? "").split(" ");
}

function apply(community) {
  for (const row of rows) row.hidden = community !== "" && !communitiesOf(row).includes(community);
  const shown = filter(({ groups }) => community === "" || groups.includes(community));
  const all = rows.filter(({ hidden }) => !hidden).length;
  status.textContent = words.status.replace("{cities}", String(all)).replace("{points}", String(shown));
}

if (isWhole) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(choice.value);
    const address = new URL(location.href);
    if (choice.value) address.searchParams.set("community", choice.value);
    else address.searchParams.delete("community");
    history.replaceState(null, "", address);
  });
  choice.addEventListener("change", () => form.requestSubmit());
}
// For tests, and for whoever looks under the bonnet.
target.olMap = map;
