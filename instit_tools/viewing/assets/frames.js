// Frames: one at a time, named in the address; the strip, the arrows, timestamps in texts and cells of the timeline lead
// from one to another.

"use strict";

view.frames = (() => {
  const frames = [...document.querySelectorAll(".frame")];
  let current = 0;

  /** Show a frame by its place, 0 for the first. */
  function show(index) {
    if (!frames[index]) return;
    frames[current].classList.remove("current");
    current = index;
    frames[current].classList.add("current");
    mark();
    near(index + 1);
  }

  /** Mark the frame at hand in strip and timeline, and bring it into the strip. */
  function mark() {
    const target = `#${frames[current].id}`;
    for (const link of document.querySelectorAll(".strip a, .presence thead a")) {
      if (link.getAttribute("href") === target) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const strip = document.querySelector(".strip");
    const at = strip?.querySelector("[aria-current]");
    if (at) strip.scrollLeft = at.offsetLeft - (strip.clientWidth - at.offsetWidth) / 2;
  }

  /** Have the picture of a frame loaded that may be next. */
  function near(index) {
    frames[index]?.querySelector("img")?.removeAttribute("loading");
  }

  /** Go to a frame: it stands in the address, and a link to the page leads to it. */
  function go(index) {
    const to = Math.max(0, Math.min(frames.length - 1, index));
    if (!frames[to]) return;
    history.replaceState(null, "", `#${frames[to].id}`);
    show(to);
  }

  /** Show the frame that the address names, or the one that holds what it names. */
  function read() {
    const target = document.getElementById(location.hash.slice(1));
    const index = target ? frames.indexOf(target.closest(".frame")) : -1;
    if (index >= 0) show(index);
    if (index >= 0 && target !== frames[index]) target.scrollIntoView({ block: "center" });
  }

  /** Show in the strip which frames a timestamp or an interval means. */
  function tell(time) {
    for (const link of document.querySelectorAll(".strip a")) {
      const at = Number(document.getElementById(link.hash.slice(1)).dataset.timestamp);
      const [one, other] = [Number(time?.dataset.first), Number(time?.dataset.last)];
      link.classList.toggle("told", at >= Math.min(one, other) && at <= Math.max(one, other));
    }
  }

  /** Where a picture cannot be loaded, show what there is of it in the strip, or say so. */
  function replaced(image) {
    const strip = document.querySelectorAll(".strip a > svg > svg:not(.masks)")[frames.indexOf(image.closest(".frame"))];
    if (strip) {
      const small = strip.cloneNode(true);
      small.classList.add("small");
      image.replaceWith(small);
      return;
    }
    const none = document.createElement("p");
    none.className = "none";
    none.textContent = `${image.alt} is not where it was when this page was made`;
    image.replaceWith(none);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".strip a, a.time, .presence a");
    const index = link ? frames.findIndex((frame) => `#${frame.id}` === link.getAttribute("href")) : -1;
    if (index < 0) return;
    event.preventDefault();
    go(index);
    if (!event.target.closest(".strip")) view.at("main").querySelector(".strip")?.scrollIntoView({ block: "nearest" });
  });
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => tell(event.target.closest?.(".time")));
  }
  for (const image of document.querySelectorAll(".picture img")) {
    image.addEventListener("error", () => replaced(image));
    if (image.complete && !image.naturalWidth && image.loading !== "lazy") replaced(image);
  }
  addEventListener("hashchange", read);
  if (frames.length) mark();
  near(1);
  read();

  return { go, step: (by) => go(current + by), last: () => go(frames.length - 1) };
})();
