// The gallery: what is asked for stands in the address, so that it can be sent; changing a field changes the address,
// and the address says which cards are shown.

"use strict";

(() => {
  const FIELDS = ["q", "kind", "source", "instances-from", "instances-to", "frames-from", "frames-to", "problem", "sort"]
    .filter((id) => view.at(id));
  const ORDERS = {
    problems: (card) => -weight(card.severities ?? {}),
    instances: (card) => -(card.instances ?? 0),
    frames: (card) => -(card.frames ?? 0),
    questions: (card) => -(card.questions ?? 0),
  };
  const all = [];
  let asked = 0;
  let lost = false;
  let shown = Promise.resolve();

  /** An error weighs more than any number of warnings that a record has, a warning more than notes. */
  function weight({ error = 0, warning = 0, note = 0 }) {
    return error * 1e8 + warning * 1e4 + note;
  }

  /** What is asked for, by field, as it stands in the address. */
  function state() {
    return new URLSearchParams(location.hash.slice(1));
  }

  /** Put the fields into the address; typing leaves no trail of its own in the history. */
  function write() {
    const wanted = new URLSearchParams();
    for (const id of FIELDS) {
      const value = view.at(id).value.trim();
      if (value) wanted.set(id, value);
    }
    history.replaceState(null, "", `#${wanted}`);
    shown = update();
  }

  /** Put the address into the fields. */
  function read() {
    const wanted = state();
    for (const id of FIELDS) view.at(id).value = wanted.get(id) ?? "";
    shown = update();
  }

  function between(value, wanted, name) {
    const from = Number(wanted.get(`${name}-from`) ?? 0);
    const to = Number(wanted.get(`${name}-to`) ?? Infinity);
    return value >= from && value <= to;
  }

  function hasProblem(card, wanted) {
    const { error = 0, warning = 0, note = 0 } = card.severities ?? {};
    if (!wanted) return true;
    if (wanted === "none") return error + warning + note === 0;
    if (wanted === "error") return error > 0;
    return wanted === "warning" ? error + warning > 0 : wanted in (card.problems ?? {});
  }

  /** Whether *card* passes every filter but the search. */
  function passes(card, wanted) {
    return (!wanted.get("kind") || card.kind === wanted.get("kind"))
      && (!wanted.get("source") || card.source === wanted.get("source"))
      && between(card.instances ?? 0, wanted, "instances")
      && between(card.frames ?? 0, wanted, "frames")
      && hasProblem(card, wanted.get("problem"));
  }

  function sorted(cards, order) {
    if (order === "id") {
      const { compare } = new Intl.Collator("en", { numeric: true });
      return cards.toSorted((one, other) => compare(one.id, other.id));
    }
    const key = ORDERS[order];
    return key ? cards.toSorted((one, other) => key(one) - key(other)) : cards;
  }

  /** Whether *text* stands in the id or the path of *card* as it is. */
  function isNamed(card, text) {
    return `${card.kind} ${card.id}\n${card.path ?? ""}`.toLowerCase().includes(text);
  }

  /** Show what the address asks for; what is asked meanwhile wins. */
  async function update() {
    const turn = ++asked;
    const wanted = state();
    const text = (wanted.get("q") ?? "").toLowerCase();
    let holding = null;
    try {
      if (text) holding = await view.search.find(text);
    } catch (error) {
      if (turn === asked) view.at("count").textContent = `Cannot search: ${error.message}`;
      return;
    }
    if (turn !== asked) return;
    const found = all.filter((card, number) =>
      passes(card, wanted) && (!text || holding?.has(number) || isNamed(card, text)));
    view.list.show(sorted(found, wanted.get("sort")));
    say(found.length, wanted);
    view.remember("gallery", location.hash, "sessionStorage");
  }

  function say(count, wanted) {
    const noun = all.length === 1 ? "record" : "records";
    const some = [...wanted.keys()].some((key) => key !== "sort");
    const told = some
      ? `${count.toLocaleString("en")} of ${all.length.toLocaleString("en")} ${noun}`
      : `${count.toLocaleString("en")} ${noun}`;
    view.at("count").textContent = lost ? `${told}; others cannot be loaded` : told;
    view.at("empty").hidden = count > 0;
    view.at("clear").hidden = !some;
    const active = [...wanted.keys()].filter((key) => key !== "q" && key !== "sort").length;
    view.at("more").textContent = active ? `Filters (${active})` : "Filters";
  }

  function clear() {
    history.replaceState(null, "", "#");
    read();
  }

  /** Called by each piece of data; each card keeps its number, by which the index knows it. */
  view.cards = (start, cards) => cards.forEach((card, at) => { all[start + at] = card; });

  addEventListener("error", ({ target }) => { lost ||= /\/data\/cards-/.test(target.src ?? ""); }, true);

  /** Move the focus over the cards, by so many. */
  function move(by) {
    const links = view.list.links();
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? 0 : at + by;
    if (next >= links.length) view.list.more();
    view.list.links()[Math.max(0, next)]?.focus();
  }

  /** How many cards stand in a row. */
  function perRow() {
    const tops = view.list.links().map((link) => link.getBoundingClientRect().top);
    return Math.max(1, tops.filter((top) => Math.abs(top - tops[0]) < 1).length);
  }

  const MOVES = {
    ArrowRight: () => move(1), j: () => move(1), ArrowLeft: () => move(-1), k: () => move(-1),
    ArrowDown: () => move(perRow()), ArrowUp: () => move(-perRow()),
  };

  view.keys((key) => {
    if (key === "/") view.at("q").focus();
    else if (key === "Escape") escape();
    else if (MOVES[key]) MOVES[key]();
    else return false;
    return true;
  });

  /** First empty the search, then the filters. */
  function escape() {
    if (!view.at("q").value) { clear(); return; }
    view.at("q").value = "";
    write();
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const id of FIELDS) view.at(id).addEventListener("input", write);
    view.at("q").addEventListener("keydown", async (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      await shown;
      view.list.links()[0]?.focus();
    });
    view.click("clear", clear);
    view.click("clear-too", clear);
    view.click("more", () => {
      const open = view.at("filters").classList.toggle("open");
      view.at("more").setAttribute("aria-expanded", String(open));
    });
    addEventListener("hashchange", read);
    if (state().size || lost) read();
    else view.list.keep(all);
    document.documentElement.dataset.ready = "true";
  });
})();
