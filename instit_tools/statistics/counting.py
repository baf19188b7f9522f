"""How long a text is: characters, words, sentences, tokens of a model, parts of speech.

``nltk`` counts words as ``nltk.word_tokenize`` does (Punkt's sentences, each taken apart by ``NLTKWordTokenizer``),
which is the likely reading of the paper's Table 9; ``nltk-unsplit`` takes the whole text as one sentence, so that
only its last full stop is a word; ``whitespace`` counts what white space parts. A ``tokenizer.json`` counts tokens
beside NLTK's words.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from instit_tools.errors import RecordError, UsageError
from instit_tools.registry import hint
from instit_tools.statistics.sentences import SentenceSplitter, trained
from instit_tools.statistics.words import WordCounter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TOKENIZERS", "Counter", "Length", "checked", "counter"]

TOKENIZERS = ("nltk", "nltk-unsplit", "whitespace")
_NO_PARTS = (None,) * 5
_MOST_LINES = 1 << 12
_LONGEST = 100_000


class Length(Struct, frozen=True):
    """What was counted in one text; *parts* are nouns, adjectives, adverbs, verbs and prepositions."""

    characters: int
    words: int
    sentences: int
    tokens: int | None
    parts: tuple[int | None, ...] = _NO_PARTS


class Counter:
    """Counts texts one after another, with a memory for what repeats."""

    def __init__(self, tokenizer: str, *, pos: bool = False) -> None:
        """Count as *tokenizer* says, one of `TOKENIZERS` or the path of a ``tokenizer.json``; tag words for *pos*.

        Raises `UsageError` as `checked` does, and where NLTK's tagger has no data.
        """
        self._words = WordCounter()
        self._split = SentenceSplitter(trained())
        self._count = _counts(tokenizer)
        self._lines = _Lines(lambda line: sum(map(self._words, self._split(line))))
        self._model = None if tokenizer in TOKENIZERS else _loaded(tokenizer)
        self._tag: Callable[[list[str]], tuple[int, ...]] | None = None
        if pos:
            from instit_tools.statistics.tags import Tagger

            self._tag = Tagger()

    def __call__(self, text: str) -> Length:
        """Count *text*, which is stripped.

        Raises `RecordError` for one so long that NLTK could give up on it, or that a model's tokenizer fails on.
        """
        if len(text) > _LONGEST:  # its patterns have seconds, and no result may depend on the machine
            message = f"a text has {len(text):,} characters, which is no caption: {text[:40]!r}..."
            raise RecordError(message, hint=f"texts have {_LONGEST:,} characters at most")
        sentences = self._split(text)
        return Length(
            characters=len(text),
            words=self._by_sentence(text, sentences) if self._count is None else self._count(self._words, text),
            sentences=len(sentences),
            tokens=None if self._model is None else self._tokens(text),
            parts=_NO_PARTS if self._tag is None else self._tag(sentences),
        )

    def _by_sentence(self, text: str, sentences: list[str]) -> int:
        words = sum(map(self._words, sentences))
        self._lines.keep(text, words)  # the training samples repeat it
        return words

    def budget(self, text: str) -> int:
        """Count the tokens of *text*, where no model is given as one a word of NLTK's, line by line."""
        if self._model is not None:
            return self._tokens(text)
        return sum(map(self._lines.__getitem__, text.split("\n")))

    def _tokens(self, text: str) -> int:
        assert self._model is not None  # noqa: S101  # both callers looked
        try:
            return len(self._model.encode(text, add_special_tokens=False))
        except Exception as error:  # tokenizers raises nothing more particular
            message = f"the tokenizer fails on a text: {error}: {text[:40]!r}"
            raise RecordError(message, hint="use the tokenizer.json that the model was published with") from error


class _Lines(dict[str, int]):
    """Words of lines, each counted when it is first met: prompts come again and again, and so do captions."""

    def __init__(self, count: Callable[[str], int]) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, line: str) -> int:
        count = self._count(line)
        self.keep(line, count)
        return count

    def keep(self, line: str, count: int) -> None:
        """Remember a line, and forget all others where there are too many."""
        if len(self) >= _MOST_LINES:
            self.clear()
        self[line] = count


def checked(tokenizer: str) -> str:
    """Give *tokenizer* back; raise `UsageError` where it is no name and no file that ``tokenizers`` reads."""
    if tokenizer not in TOKENIZERS:
        _loaded(tokenizer)
    return tokenizer


def counter(tokenizer: str, *, pos: bool = False) -> Counter:
    """Give the `Counter` of this process for these settings, memory and all."""
    return _counter(tokenizer, pos, _state(tokenizer))


@cache
def _counter(tokenizer: str, pos: bool, _: tuple[int, ...]) -> Counter:  # noqa: FBT001  # a cache has no keywords to tell apart
    return Counter(tokenizer, pos=pos)


def _state(path: str) -> tuple[int, ...]:
    """Tell a file from what stood under its name before: a notebook may train a tokenizer again."""
    try:
        found = Path(path).stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _counts(tokenizer: str) -> Callable[[WordCounter, str], int] | None:
    """Give what counts words otherwise than sentence by sentence."""
    match tokenizer:
        case "whitespace":
            return lambda _, text: len(text.split())
        case "nltk-unsplit":
            return lambda words, text: words(text)
        case _:
            return None


def _loaded(path: str) -> "Tokenizer":
    return _read(path, _state(path))


@cache
def _read(path: str, _: tuple[int, ...]) -> "Tokenizer":
    if not Path(path).is_file():
        message = f"{path} is neither a tokenizer ({', '.join(TOKENIZERS)}) nor a file"
        raise UsageError(message, hint=hint(path, TOKENIZERS, ", or name the tokenizer.json of a model"))
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        message = f"{path} cannot be read without the package tokenizers"
        raise UsageError(message, hint="pip install tokenizers") from error
    try:
        tokenizer = Tokenizer.from_file(path)
    except Exception as error:  # tokenizers raises nothing more particular
        message = f"{path} is no tokenizer that the package tokenizers reads: {error}"
        raise UsageError(message, hint="a model's folder holds it as tokenizer.json") from error
    tokenizer.no_truncation()  # some files say how long a batch is to be
    tokenizer.no_padding()
    return tokenizer
