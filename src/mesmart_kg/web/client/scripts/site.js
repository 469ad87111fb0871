/**
 * What every page gains from script: the menu of a phone closes by Escape, and by leaving it.
 * All of it works without; see templates/base.html.
 */

const menu = document.querySelector("details.site-menu");

if (menu) {
  const opener = menu.querySelector("summary");
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      opener.focus();
    }
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
  document.addEventListener("click", ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
}
