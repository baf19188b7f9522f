// A record's page: keys, outlines, marks on and off, questions about one instance, the link to copy.

"use strict";

(() => {
  /** Turn a button with two states; says the new one. */
  function turned(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    return on;
  }

  function outline() {
    const button = view.at("outlines");
    if (button) view.at("main").classList.toggle("outlined", turned(button));
  }

  /** Exchange every picture for its twin in the other tree. */
  function exchange() {
    if (!view.at("marks")) return;
    turned(view.at("marks"));
    for (const image of document.querySelectorAll("img[data-other]")) {
      [image.src, image.dataset.other] = [image.dataset.other, image.getAttribute("src")];
    }
  }

  /** Show only the questions about one instance; all of them where *id* is null. */
  function ask(id) {
    const asked = [...document.querySelectorAll(".asked")];
    for (const each of asked) each.hidden = id !== null && !each.dataset.ids.split(" ").includes(id);
    for (const chip of document.querySelectorAll(".only")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.only === id));
    }
    const left = asked.filter((each) => !each.hidden).length;
    view.at("asked").textContent = id === null ? String(asked.length) : `${left} of ${asked.length}`;
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      view.at("copied").textContent = "copied";
    } catch {
      view.at("copied").textContent = location.href;
    }
  }

  const KEYS = {
    ArrowRight: () => view.frames.step(1), ArrowLeft: () => view.frames.step(-1),
    Home: () => view.frames.go(0), End: () => view.frames.last(),
    n: () => view.at("after")?.click(), p: () => view.at("before")?.click(),
    o: outline, m: exchange,
    Escape: () => (view.light.isHolding() ? view.light.hold(null) : view.at("back").click()),
  };

  view.keys((key, event) => {
    if (event.target.closest?.(".scroll, pre") && key.startsWith("Arrow")) return false;
    if (/^[1-9]$/.test(key) && view.light.has(key)) view.light.hold([key]);
    else if (KEYS[key]) KEYS[key]();
    else return false;
    return true;
  });

  view.click("outlines", outline);
  view.click("marks", exchange);
  view.click("copy", copy);
  for (const chip of document.querySelectorAll(".only")) {
    chip.addEventListener("click", () => ask(chip.getAttribute("aria-pressed") === "true" ? null : chip.dataset.only));
  }
  if (view.at("asked")) ask(null);
  view.at("back").hash = view.recall("gallery", "sessionStorage") ?? "";
  document.documentElement.dataset.ready = "true";
})();
