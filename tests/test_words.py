# ruff: noqa: RUF001  # all kinds of quotation marks and dashes are meant
"""Words and sentences: equal to NLTK's on every text."""

import json
import string

import pytest
from conftest import REAL
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer
from nltk.tokenize.punkt import PunktParameters
from thorough import tries

from instit_tools.made_up.annotate import image_records, video_records
from instit_tools.statistics import sentences as module
from instit_tools.statistics import words as words_module
from instit_tools.statistics.counting import Counter
from instit_tools.statistics.sentences import SentenceSplitter
from instit_tools.statistics.words import WordCounter

WORDS, SENTENCES = NLTKWordTokenizer(), PunktSentenceTokenizer()
COUNT, SPLIT = WordCounter(), SentenceSplitter()

PIECES = [
    *("a", "The", "the", "cannot", "can", "not", "wan", "na", "wanna", "gonna", "gimme", "more'n", "d'ye", "don't"),
    *("'", "''", "'''", '"', "`", "``", "'s", "'S", "'ll", "n't", "N'T", "'re", "'d", "'tis", "'Twas", "'tis'"),
    *(".", "..", "...", ",", ",,", ":", ";", "?", "!", "?!", "*", "$", "@", "#", "&", "%", "-", "--", "–", "—"),
    *("(", ")", "[", "]", "{", "}", "<", ">", "«", "»", "“", "”", "‘", "’", "„"),
    *("[1]", "[1].", "<2>", "<2>-<3>,", "3.5", "2,3", "1.", "U.S.", "Mr.", "e.g.", "J.", "A."),
    *(" ", "  ", "\n", "\t", "\r\n", "\xa0", "\x85", "\u2028", "\x1c", "\u3000", "\u200b", "\ufeff", "É", "𝒳"),
]
TEXTS = (
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
    | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)
    | st.text(max_size=40)
    | st.text(string.printable, max_size=40)
)


def said(record):
    """Every text of a record in the published shape."""
    for frame in record.get("frame_level_caption", [record]):
        captions = frame.get("instance_level") or frame.get("instance_level_caption") or {}
        yield from captions.values()
        yield from (frame.get(key) or "" for key in ("image_level", "image_level_caption", "temporal_change"))
    yield record.get("video_level_caption") or ""
    for pair in record.get("question_answer_pairs", ()):
        yield from pair.values()


@settings(max_examples=tries(1500), deadline=None)
@given(TEXTS)
@example('"Hi," he said. "Go."')
@example('He said "no." ")')
@example("the end. ) ' \xa0")
@example("a,, b")
@example("' ' ' 'tis")
def test_words_are_those_of_nltk(text):
    assert COUNT(text) == len(WORDS.tokenize(text))


@settings(max_examples=tries(1500), deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["cannot", "Gonna", "wanna", "gimme", "lemme", "gotta", "1", "a1", "it", "tis", "don", "d", "ye"]
        ),
        max_size=5,
    ),
    st.lists(st.sampled_from(["", *".,?!;:'-"]), min_size=5, max_size=5),
)
def test_words_of_plain_pieces_are_those_of_nltk_wherever_they_stand(pieces, marks):
    text = " ".join(piece + mark for piece, mark in zip(pieces, marks, strict=False))
    assert COUNT(text) == len(WORDS.tokenize(text))


@settings(max_examples=tries(1500), deadline=None)
@given(TEXTS)
@example("Dr. No. went. . . away")
@example("He left. “Why?” she asked.")
@example(" . a")
def test_sentences_are_those_of_nltk(text):
    assert SPLIT(text) == SENTENCES.tokenize(text)


@settings(max_examples=tries(300), deadline=None)
@given(TEXTS)
def test_sentences_are_those_of_nltk_with_trained_parameters_too(text):
    parameters = PunktParameters()
    parameters.abbrev_types = {"mr", "u.s", "e.g"}
    parameters.sent_starters = {"the"}
    parameters.collocations = {("a", "the"), ("##number##", "the")}
    parameters.ortho_context["the"] = 46
    assert SentenceSplitter(parameters)(text) == PunktSentenceTokenizer(parameters).tokenize(text)


def test_words_and_sentences_of_made_up_records_are_those_of_nltk():
    records = [*video_records(40), *image_records(40)]
    texts = {text for record in records for text in said(record)}
    assert len(texts) > 1000
    for text in texts:
        assert COUNT(text) == len(WORDS.tokenize(text))
        assert SPLIT(text) == SENTENCES.tokenize(text)


@pytest.mark.skipif(not REAL.exists(), reason="the real data are not beside this checkout")
def test_words_and_sentences_of_all_real_texts_are_those_of_nltk():
    texts = set()
    for path in REAL.rglob("*.json"):
        tree = json.loads(path.read_text(encoding="utf-8"))
        for each in tree if isinstance(tree, list) else [tree]:
            texts.update(value for value in each.values() if isinstance(value, str))
            texts.update(text for text in said(each) if "frame_level_caption" in each)
    assert len(texts) > 3000
    for text in texts:
        assert COUNT(text) == len(WORDS.tokenize(text))
        assert SPLIT(text) == SENTENCES.tokenize(text)


def test_a_memory_that_is_full_starts_again_and_counts_the_same(monkeypatch):
    texts = [f"word{number} and {number}, so it goes. The end {number}." for number in range(50)]
    monkeypatch.setattr(words_module, "_MOST", 7)
    monkeypatch.setattr(module, "_MOST", 7)
    count, split = WordCounter(), SentenceSplitter()
    for text in texts:
        assert count(text) == len(WORDS.tokenize(text))
        assert split(text) == SENTENCES.tokenize(text)
    assert len(count._middle) <= 7


def test_a_long_piece_is_counted_and_not_remembered():
    count = WordCounter()
    assert count(f"a {'x' * 200} b") == 3
    assert len(count._middle) == 0


def test_the_counts_of_one_text_are_told_apart_by_tokenizer():
    text = "A cat sits. The dog's here, too."
    found = {name: Counter(name)(text) for name in ("nltk", "nltk-unsplit", "whitespace")}
    assert {name: each.words for name, each in found.items()} == {"nltk": 11, "nltk-unsplit": 10, "whitespace": 7}
    assert {each.sentences for each in found.values()} == {2}
    assert {each.characters for each in found.values()} == {len(text)}
    assert {each.tokens for each in found.values()} == {None}
