"""Counts words and sentences of every text of a dataset by NLTK and by us: whether they are equal, and how fast.

``python benchmarks/words.py FOLDER SHARE N`` does every N-th text from the SHARE-th on and prints a line of JSON.
"""

import json
import sys
import time

import instit_tools as it
from instit_tools.statistics.counting import Length
from instit_tools.statistics.measure import measure
from instit_tools.statistics.sentences import SentenceSplitter
from instit_tools.statistics.words import WordCounter

_EVERY = 5
_NOTHING = Length(0, 0, 0, None)


def main(folder: str, share: int, shares: int) -> None:
    """Count one share of the texts both ways."""
    from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer

    texts = [text for record in it.read(folder) for text in measure(record, lambda _: _NOTHING).said][share::shares]
    words, sentences = NLTKWordTokenizer(), PunktSentenceTokenizer()
    count, split = WordCounter(), SentenceSplitter()
    found: dict[str, float] = {}
    for name, chosen, theirs, ours in (
        ("whole", texts[::_EVERY], lambda text: len(words.tokenize(text)), count),
        (
            "by_sentence",
            texts,
            lambda text: [len(words.tokenize(each)) for each in sentences.tokenize(text)],
            lambda text: list(map(count, split(text))),
        ),
    ):
        started = time.perf_counter()
        mine = list(map(ours, chosen))
        middle = time.perf_counter()
        peer = list(map(theirs, chosen))
        found[f"{name}_ours"], found[f"{name}_nltk"] = middle - started, time.perf_counter() - middle
        found[f"{name}_different"] = sum(one != other for one, other in zip(mine, peer, strict=True))
        found[f"{name}_texts"], found[f"{name}_characters"] = len(chosen), sum(map(len, chosen))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
