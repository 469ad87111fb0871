/** The named queries in the workbench: one that is chosen comes into the editor, with its parameters as a form. */

/**
 * @param {HTMLElement} target  where the chosen question shows its form
 * @param {(text: string, title: string) => void} load
 */
export function makeExamples(target, load) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-example]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await open(link.href, link);
  });

  /** Take what the question's own page says of it. @param {string} address @param {HTMLAnchorElement} link */
  async function open(address, link) {
    const response = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response) return void location.assign(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const text = page.querySelector("textarea#query")?.value;
    if (!response.ok || text === undefined) return void location.assign(address);
    const form = page.querySelector("form#parameters");
    const title = page.querySelector("#query-title")?.textContent ?? "";
    const heading = Object.assign(document.createElement("h3"), { className: "h5", textContent: title });
    const summary = Object.assign(document.createElement("p"), {
      textContent: page.querySelector("#query-summary")?.textContent ?? "",
    });
    target.replaceChildren(heading, summary);
    if (form) {
      const adopted = document.importNode(form, true);
      adopted.addEventListener("submit", (event) => {
        event.preventDefault();
        const values = new URLSearchParams(new FormData(adopted));
        open(`${new URL(address, location.href).pathname}?${values}`, link);
      });
      target.append(adopted);
    }
    target.hidden = false;
    load(text, title);
  }
}
