// Light: pointing at an instance anywhere, with pointer, focus or tap, lights it everywhere: its chips, its captions, its
// row of the timeline, its outline in every frame where it is masked, and the edge of every frame where it is captioned.

"use strict";

view.light = (() => {
  const byId = new Map();
  let held = null;

  for (const element of document.querySelectorAll("[data-ids]")) {
    for (const id of element.dataset.ids.split(" ")) {
      if (!id) continue;
      if (!byId.has(id)) byId.set(id, []);
      byId.get(id).push(element);
    }
  }

  /** Light the instances *ids* and no others. */
  function light(ids) {
    for (const element of document.querySelectorAll(".lit")) element.classList.remove("lit");
    for (const id of ids) for (const element of byId.get(id) ?? []) element.classList.add("lit");
    if (ids.length) document.documentElement.style.setProperty("--lit", view.hues[ids[0] % view.hues.length]);
  }

  /** What an element that was pointed at speaks of; only chips, masks, captions' keys and cells speak. */
  function spokenBy(target) {
    const speaker = target.closest?.(".chip, .mask, .cell");
    if (!speaker) return null;
    return speaker.dataset.row ? [speaker.dataset.row] : (speaker.dataset.ids ?? "").split(" ").filter(Boolean);
  }

  /** Hold *ids* lit until something else is held; the same again lets go. */
  function hold(ids) {
    held = ids && held?.join() !== ids.join() ? ids : null;
    for (const chip of document.querySelectorAll(".legend .chip:not(.only)")) {
      chip.setAttribute("aria-pressed", String(held?.includes(chip.dataset.ids) ?? false));
    }
    light(held ?? []);
  }

  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => {
      if (name === "focusin" || event.pointerType === "mouse") light(spokenBy(event.target) ?? held ?? []);
    });
  }
  document.addEventListener("focusout", () => light(held ?? []));
  document.addEventListener("click", (event) => {
    if (event.target.closest(".only, .cell")) return;
    const ids = spokenBy(event.target);
    if (ids) hold(ids);
    else if (held && !event.target.closest("a, button, summary, .strip")) hold(null);
  });

  return { hold, isHolding: () => held !== null, has: (id) => byId.has(id) };
})();
