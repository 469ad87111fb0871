/** Tabs by the pattern of the ARIA Authoring Practices: arrows, Home and End move, and show what they reach. */

/**
 * @param {HTMLElement} list  the element of role tablist
 * @param {(view: string) => void} show  is told which view is shown
 */
export function makeTabs(list, show) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const visible = () => all.filter((tab) => !tab.hidden);

  /** @param {Element} chosen @param {boolean} focuses */
  function choose(chosen, focuses) {
    for (const tab of all) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      list.parentElement.querySelector(`#${tab.getAttribute("aria-controls")}`).hidden = !isChosen;
    }
    if (focuses) chosen.focus();
    show(chosen.dataset.view);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab, false);
  });
  list.addEventListener("keydown", (event) => {
    const tabs = visible();
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    choose(tabs[(to + tabs.length) % tabs.length], true);
  });

  return {
    /** @param {string} view */
    choose: (view) => choose(all.find((tab) => tab.dataset.view === view), false),
    /** @param {string[]} views */
    offer(views) {
      for (const tab of all) tab.hidden = !views.includes(tab.dataset.view);
    },
  };
}
