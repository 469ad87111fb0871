/** Terms of an answer as a page shows them. All text goes in as text: an answer may hold anything. */

/** Characters of a cell that are shown at once, and those that are shown when it is opened. */
const SHORT = 240;
const LONG = 20_000;

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(
  ["integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger"].map(
    (name) => XSD + name,
  ),
);
const YEAR = new Set(["gYear", "date", "gYearMonth", "dateTime"].map((name) => XSD + name));

/** @typedef {import("./ask.js").Term} Term */

/** @param {Term | undefined} term */
export const isNumber = (term) => term?.type === "literal" && NUMBERS.has(term.datatype ?? "");

/** @param {Term | undefined} term */
export const isTime = (term) => term?.type === "literal" && YEAR.has(term.datatype ?? "");

/**
 * Order two terms: nothing last, numbers by their value, all else as the reader's language sorts.
 * @param {Intl.Collator} collator
 */
export function comparer(collator) {
  /** @param {Term | undefined} one @param {Term | undefined} other */
  return (one, other) => {
    if (!one || !other) return one ? -1 : other ? 1 : 0;
    if (isNumber(one) && isNumber(other)) return Number(one.value) - Number(other.value);
    return collator.compare(one.value.slice(0, SHORT), other.value.slice(0, SHORT));
  };
}

/**
 * Make what shows terms, for a page that shows own things at `places` and knows these prefixes.
 * @param {[string, string][]} places  beginnings of IRIs, and the paths where what follows is shown
 * @param {string} language
 * @param {Record<string, string>} prefixes
 */
export function shower(places, language, prefixes) {
  const spaces = Object.entries(prefixes).sort((one, other) => other[1].length - one[1].length);
  const base = places[places.length - 1][0];

  /** @param {string} iri */
  function shorten(iri) {
    const found = spaces.find(([, space]) => iri.startsWith(space) && iri !== space);
    if (iri.startsWith(base) && iri !== base && !(found && found[1].length > base.length)) {
      return iri.slice(base.length);
    }
    return found ? `${found[0]}:${iri.slice(found[1].length)}` : iri;
  }

  /** Where an IRI leads; null if nowhere. @param {string} iri */
  function address(iri) {
    const place = places.find(([beginning]) => iri.startsWith(beginning));
    if (place) {
      const path = place[1] + iri.slice(place[0].length);
      // Two slashes in the beginning would lead to another host.
      if (/^\/(?![/\\])/.test(path)) return path;
    }
    return /^https?:\/\/[^\s<>"{}|\\^`]+$/.test(iri) ? iri : null;
  }

  /** @param {Term} term @param {string} text @param {string | null} href */
  function toText(term, text, href) {
    const isolated = document.createElement("bdi");
    isolated.textContent = text;
    const spoken = term["xml:lang"];
    if (spoken && spoken.toLowerCase() !== language) isolated.lang = spoken;
    if (!href) return isolated;
    const link = document.createElement("a");
    link.href = href;
    if (!href.startsWith("/")) link.rel = "nofollow external";
    link.append(isolated);
    return link;
  }

  /**
   * @param {Term} term
   * @param {string} cutWords  what is said where even an opened cell does not hold all
   * @returns {DocumentFragment}
   */
  function show(term, cutWords) {
    const shown = document.createDocumentFragment();
    const isIri = term.type === "uri";
    const text = isIri ? shorten(term.value) : term.type === "bnode" ? `_:${term.value}` : term.value;
    const href = isIri ? address(term.value) : null;
    if (text.length <= SHORT) {
      shown.append(toText(term, text, href));
    } else {
      const details = document.createElement("details");
      details.className = "long";
      const summary = document.createElement("summary");
      summary.append(toText(term, text.slice(0, SHORT), href), "…");
      details.append(summary, toText(term, text.slice(SHORT, LONG), null));
      if (text.length > LONG) details.append(" ", mark(cutWords));
      shown.append(details);
    }
    const kind = term["xml:lang"] ?? (term.datatype && term.datatype !== `${XSD}string` ? shorten(term.datatype) : "");
    if (kind) shown.append(" ", mark(kind));
    return shown;
  }

  /** @param {string} text */
  function mark(text) {
    const small = document.createElement("small");
    small.className = "kind";
    small.textContent = text;
    return small;
  }

  return { show, shorten, address };
}
