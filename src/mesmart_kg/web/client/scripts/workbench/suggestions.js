/** Single things by their names, from the site's search: for the editor, and for the fields of a question. */

/**
 * Make what searches.
 * @param {string} address  answers as OpenSearch Suggestions do: the text, names, what each is, addresses
 * @param {[string, string][]} places  beginnings of IRIs, and the paths where what follows is shown
 * @param {string} language
 */
export function searcher(address, places, language) {
  const paths = [...places].sort((one, other) => other[1].length - one[1].length);

  /** @param {string} page  the address of a thing's page @returns {string | null} */
  function toIri(page) {
    const path = decodeURI(new URL(page, location.href).pathname);
    const place = paths.find(([, beginning]) => path.startsWith(beginning));
    const iri = place ? place[0] + path.slice(place[1].length) : "";
    return /^[^\s<>"{}|\\^`]+$/.test(iri) ? iri : null;
  }

  /**
   * @param {string} words
   * @param {AbortSignal} [signal]
   * @returns {Promise<{iri: string, name: string, detail: string}[]>} nothing where nothing could be asked
   */
  return async function search(words, signal) {
    try {
      const response = await fetch(`${address}?${new URLSearchParams({ q: words, lang: language })}`, { signal });
      if (!response.ok) return [];
      const [, names, details, pages] = await response.json();
      return names
        .map((name, at) => ({ name, detail: details[at], iri: toIri(pages[at]) }))
        .filter(({ iri }) => iri !== null);
    } catch {
      return []; // stopped, or no connection: nothing to offer
    }
  };
}

/**
 * Offer names in fields that take a thing of one class (`data-suggest`), wherever they are on the page.
 * @param {ReturnType<typeof searcher>} search
 */
export function suggestInFields(search) {
  /** @type {AbortController | undefined} */
  let asking;
  document.addEventListener("input", async ({ target }) => {
    const about = target.dataset?.suggest;
    if (!about || target.value.trim().length < 2) return;
    asking?.abort();
    const stop = (asking = new AbortController());
    const found = await search(target.value, stop.signal);
    if (stop.signal.aborted) return;
    const id = `names-${target.id}`;
    let list = document.getElementById(id);
    if (!list) {
      list = Object.assign(document.createElement("datalist"), { id });
      target.after(list);
      target.setAttribute("list", id);
    }
    const names = found.filter(({ iri }) => iri.includes(`/id/${about}/`)).map(({ name }) => name);
    list.replaceChildren(...[...new Set(names)].map((name) => new Option(name, name)));
  });
}
