// Cards: made of data with text nodes only, a screenful at a time; the frames of a video pass by under the pointer.

"use strict";

view.list = (() => {
  const BATCH = 48;
  const list = view.at("cards");
  let shown = [];
  let made = 0;

  /** An element with a class and text. */
  function element(tag, name, text) {
    const created = document.createElement(tag);
    if (name) created.className = name;
    if (text !== undefined) created.textContent = text;
    return created;
  }

  /** "3 frames", or nothing for 0. */
  function counted(count, noun) {
    return count ? [element("span", "", `${count} ${noun}${count === 1 ? "" : "s"}`)] : [];
  }

  /** The picture of *card*, loaded when it comes near. */
  function thumb(card) {
    const box = element("span", "thumb");
    if (!card.poster) {
      box.append(element("span", "blank", card.kind));
      return box;
    }
    const picture = element("img");
    picture.loading = "lazy";
    picture.alt = "";
    picture.src = `posters/${card.name}.webp`;
    box.append(picture);
    if (card.strip) scrubbed(box, card);
    return box;
  }

  /** Let the frames of a video pass by as the pointer moves over its picture. */
  function scrubbed(box, card) {
    const { columns, width, height, count } = card.strip;
    const rows = Math.ceil(count / columns);
    let layer = null;
    box.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      const edge = box.getBoundingClientRect();
      const at = Math.min(count - 1, Math.max(0, Math.floor((event.clientX - edge.left) / edge.width * count)));
      if (!layer) box.append(layer = element("span", "scrub"));
      const scale = Math.max(edge.width / width, edge.height / height);
      const left = (edge.width - width * scale) / 2 - (at % columns) * width * scale;
      const top = (edge.height - height * scale) / 2 - Math.floor(at / columns) * height * scale;
      layer.style.backgroundImage = `url("strips/${card.name}.webp")`;
      layer.style.backgroundSize = `${columns * width * scale}px ${rows * height * scale}px`;
      layer.style.backgroundPosition = `${left}px ${top}px`;
      layer.dataset.stamp = `${at + 1} / ${count}`;
    });
    box.addEventListener("pointerleave", () => { layer?.remove(); layer = null; });
  }

  /** How many problems of the worst severity *card* has. */
  function troubles(card) {
    const [severity, count] = Object.entries(card.severities ?? {})[0] ?? [];
    if (!count) return [];
    const told = element("span", `trouble ${severity}`, `${count} ${severity}${count === 1 ? "" : "s"}`);
    told.title = Object.keys(card.problems).join(", ");
    return [told];
  }

  /** The item of the list that shows *card*. */
  function item(card) {
    const link = element("a", "card");
    link.href = `records/${card.name}.html`;
    const name = element("span", "name");
    name.append(element("b", "", `${card.kind} ${card.id}`));
    if (card.source) name.append(" ", element("span", "soft", card.source));
    const line = element("span", "line", card.title ?? "");
    line.dir = "auto";
    const counts = element("span", "counts soft");
    counts.append(
      ...counted(card.kind === "video" ? card.frames : 0, "frame"), ...counted(card.instances, "instance"),
      ...counted(card.questions, "question"), ...troubles(card),
    );
    link.append(thumb(card), name, line, counts);
    const whole = element("li");
    whole.append(link);
    return whole;
  }

  /** Make the next cards; says whether there were any. */
  function more() {
    const next = shown.slice(made, made + BATCH);
    list.append(...next.map(item));
    made += next.length;
    return next.length > 0;
  }

  /** Begin with the cards that the page came with, which are the first of *cards*. */
  function keep(cards) {
    shown = cards;
    made = list.children.length;
    list.querySelectorAll(".thumb").forEach((box, at) => { if (cards[at].strip) scrubbed(box, cards[at]); });
  }

  /** Show these cards and no others. */
  function show(cards) {
    shown = cards;
    made = 0;
    list.replaceChildren();
    more();
  }

  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) more();
  }, { rootMargin: "800px" }).observe(view.at("end"));

  return { keep, show, more, links: () => [...list.querySelectorAll(".card")] };
})();
