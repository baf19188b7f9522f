// What all pages share: light or dark, the help, keys that are no keys of a field. Loaded in the head, so that a page
// is never shown in the wrong colours first. Browsers do not let pages on disk use modules; everything hangs on `view`.

"use strict";

document.documentElement.classList.add("scripts");

const view = {
  /** Remember *value* for this browser, where it lets us. */
  remember(key, value, store = "localStorage") {
    try { window[store].setItem(`instit-${key}`, value); } catch { /* private windows */ }
  },

  /** What was remembered, or null. */
  recall(key, store = "localStorage") {
    try { return window[store].getItem(`instit-${key}`); } catch { return null; }
  },

  /** The element with this id, or null. */
  at: (id) => document.getElementById(id),

  /** Call *work* on a click of the element with this id, if the page has one. */
  click(id, work) {
    view.at(id)?.addEventListener("click", work);
  },

  /** Show the page light or dark; null leaves it to the system. */
  paint(theme) {
    document.documentElement.classList.toggle("dark", theme === "dark");
    document.documentElement.classList.toggle("light", theme === "light");
  },

  /** Whether the page is dark now. */
  isDark() {
    const chosen = view.recall("theme");
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },

  /**
   * Call *work* with each key that is meant for the page: not typed into a field, and without Ctrl, Alt or Meta.
   * @param {(key: string, event: KeyboardEvent) => boolean | void} work says true where it used the key
   */
  keys(work) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || view.at("help").open) return;
      const field = event.target.closest?.("input, select, textarea");
      if (field && event.key !== "Escape") return;
      if (work(event.key, event)) event.preventDefault();
    });
  },
};

view.paint(view.recall("theme"));

document.addEventListener("DOMContentLoaded", () => {
  view.click("theme", () => {
    const theme = view.isDark() ? "light" : "dark";
    view.remember("theme", theme);
    view.paint(theme);
  });
  view.click("helped", () => view.at("help").showModal());
  view.keys((key) => {
    if (key !== "?") return false;
    view.at("help").showModal();
    return true;
  });
});
