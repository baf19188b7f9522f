"""With NLTK's own data installed: its trained sentences, its words and its parts of speech.

The data cannot be downloaded here, so a tagger and a model of sentences are trained on a few lines and put where NLTK
looks for the published ones, in the same files.
"""

import json
import os
import subprocess
import sys

import pytest
from conftest import video
from nltk.tag.perceptron import PerceptronTagger

TAGGED = [
    [("The", "DT"), ("red", "JJ"), ("cat", "NN"), ("sits", "VBZ"), ("quietly", "RB"), ("on", "IN"), ("it", "PRP")],
    [("A", "DT"), ("big", "JJ"), ("dog", "NN"), ("runs", "VBZ"), ("fast", "RB"), ("in", "IN"), ("snow", "NN")],
    [("Dogs", "NNS"), ("see", "VBP"), ("Tom", "NNP"), ("near", "IN"), ("a", "DT"), ("red", "JJ"), ("dog", "NN")],
] * 5
TEXTS = [
    "Mr. Smith sees the cat. It sits, e.g. on a chair. The dog runs.",
    "At <2>, [1] sees Dr. No. [2] doesn't.",
    "The red cat sits quietly on a chair in snow.",
]
COMPARE = """
import json, sys
import nltk
from instit_tools.statistics.counting import counter
texts = json.loads(sys.argv[1])
count = counter("nltk", pos=True)
print(json.dumps({
    "words": [[count(text).words, len(nltk.word_tokenize(text))] for text in texts],
    "sentences": [[count(text).sentences, len(nltk.sent_tokenize(text))] for text in texts],
    "parts": [[count(text).parts, [
        sum(tag.startswith(start) for each in nltk.sent_tokenize(text)
            for _, tag in nltk.pos_tag(nltk.word_tokenize(each)))
        for start in ("NN", "JJ", "RB", "VB", "IN")
    ]] for text in texts],
}))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder for NLTK_DATA, and the environment that names it."""
    root = tmp_path_factory.mktemp("nltk_data")
    tagger = PerceptronTagger(load=False)
    tagger.train(TAGGED)
    folder = root / "taggers" / "averaged_perceptron_tagger_eng"
    folder.mkdir(parents=True)
    parts = {"weights": tagger.model.weights, "tagdict": tagger.tagdict, "classes": list(tagger.classes)}
    for name, value in parts.items():
        (folder / f"averaged_perceptron_tagger_eng.{name}.json").write_text(json.dumps(value))
    punkt = root / "tokenizers" / "punkt_tab" / "english"
    punkt.mkdir(parents=True)
    (punkt / "collocations.tab").write_text("##number##\tcats\n")
    (punkt / "sent_starters.txt").write_text("it\n")
    (punkt / "abbrev_types.txt").write_text("mr\ndr\ne.g\n")
    (punkt / "ortho_context.tab").write_text("it\t14\nthe\t46\n")
    return os.environ | {"NLTK_DATA": str(root)}


def counted(data):
    """What we count and what NLTK does, by kind, for each of TEXTS."""
    command = [sys.executable, "-c", COMPARE, json.dumps(TEXTS)]
    return json.loads(subprocess.run(command, env=data, capture_output=True, check=True, text=True).stdout)


def test_words_sentences_and_parts_of_speech_are_those_of_nltk_with_its_data(data):
    found = counted(data)
    assert [mine for mine, _ in found["sentences"]] == [3, 2, 1]
    for name, pairs in found.items():
        assert [mine for mine, _ in pairs] == [theirs for _, theirs in pairs], name
    assert all(sum(mine) > 0 for mine, _ in found["parts"])


def test_the_command_line_tags_parts_of_speech_and_sets_them_beside_the_paper(run, array, tmp_path, data):
    source = array(video(1, frames=2, video_level_caption=TEXTS[2]))
    done = run("stats", source, "-o", "out", "--pos", "--reference", "paper", "--recipe", "none", "--json", env=data)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["method"]["sentences"] == "Punkt, trained on English (punkt_tab)"
    assert summary["method"]["parts_of_speech"] is True
    (row,) = [row for row in summary["reference"]["rows"] if row["key"] == "captions.video.nouns"]
    found = counted(data)
    assert row["measured"] == pytest.approx(100 * found["parts"][2][1][0] / found["words"][2][1])
    assert not [row for row in summary["reference"]["rows"] if "not tagged" in row["note"]]


def test_without_the_data_parts_of_speech_are_refused_in_a_sentence(run, array, tmp_path):
    refused = run("stats", array(video(1)), "-o", "out", "--pos", env=os.environ | {"NLTK_DATA": str(tmp_path)})
    assert refused.returncode == 2
    assert refused.stderr.decode().splitlines() == [
        "error: parts of speech cannot be told without the data of NLTK's tagger, averaged_perceptron_tagger_eng",
        "hint: python -m nltk.downloader averaged_perceptron_tagger_eng, or leave --pos out",
    ]
    assert not (tmp_path / "out").exists()
