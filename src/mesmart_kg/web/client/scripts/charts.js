/**
 * Draws the charts of a page: each `<figure data-chart>` from the table that it holds (`_charts.html`).
 *
 * The library comes only when a chart is about to be seen. If it can't be had, the tables stay as they are.
 */

const figures = document.querySelectorAll("figure[data-chart]");

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      void import("./lib/plots.js").then(({ drawFigure }) => drawFigure(target));
    }
  },
  { rootMargin: "200px" },
);

for (const figure of figures) watcher.observe(figure);
