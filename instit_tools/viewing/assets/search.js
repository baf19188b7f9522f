// Searching: what is typed, cut into words as `words.py` cuts the texts; the pieces of the index that hold them, loaded
// when they are first asked for; the records that hold every word.

"use strict";

view.search = (() => {
  const ALONE = "\\u3041-\\u30ff\\u3400-\\u9fff";
  const EMOJI = "\\u{1f000}-\\u{1faff}\\u2600-\\u27bf";
  const WORD = new RegExp(`\\[[0-9]{1,3}\\]|<[0-9]{1,3}>|[${ALONE}${EMOJI}]|(?:(?![${ALONE}])[\\p{L}\\p{N}])+`, "gu");
  const loaded = new Map();
  const waiting = new Map();
  let names = new Set();

  /** The words of *text*, as they stand in the index. */
  function wordsOf(text) {
    return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").match(WORD) ?? [];
  }

  /** The name of the piece that holds *word*. */
  function pieceOf(word) {
    if (/^[a-z]/.test(word)) return word[0];
    return /^[[<0-9]/.test(word) ? "numbers" : "others";
  }

  /** Load a piece, once; resolves with its words, or with nothing where the index has no such piece. One that could not be
   * loaded is forgotten, and asked for again when it is next needed. */
  function load(name) {
    if (!names.has(name)) return Promise.resolve(new Map());
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `data/words-${name}.js`;
        script.onerror = () => {
          loaded.delete(name);
          waiting.delete(name);
          script.remove();
          reject(new Error(`data/words-${name}.js cannot be loaded`));
        };
        script.onload = () => { if (waiting.has(name)) script.onerror(); };
        waiting.set(name, resolve);
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  }

  /** Called by the list of pieces. */
  view.pieces = (list) => { names = new Set(list); };

  /** Called by a piece when it is loaded. */
  view.words = (name, words) => {
    waiting.get(name)(new Map(Object.entries(words)));
    waiting.delete(name);
  };

  /** The numbers of the records that hold a word that begins with *start*. */
  async function holders(start) {
    const found = new Set();
    for (const [word, steps] of await load(pieceOf(start))) {
      if (!word.startsWith(start)) continue;
      let number = 0;
      for (const step of steps) found.add(number += step);
    }
    return found;
  }

  /** The numbers of the records that hold every word of *text*; null where it has none. */
  async function find(text) {
    const words = [...new Set(wordsOf(text))];
    if (!words.length) return null;
    const found = await Promise.all(words.map(holders));
    return found.reduce((one, other) => new Set([...one].filter((number) => other.has(number))));
  }

  return { find, wordsOf };
})();
