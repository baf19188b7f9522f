"""A made-up benchmark in the published shape: questions about the scenes, and what a made-up model says to them.

Each question stands in two files, with four options and open-ended, as in the published ones; the right answer is true
of the scene and the other options are not. The model is right more often than chance, and answers in the many ways in
which models do: bare letters, sentences, the text of an option, hedges, refusals.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Literal

import msgspec

from instit_tools.made_up import naming
from instit_tools.made_up.annotate import Json
from instit_tools.made_up.chance import chance, choose, shuffled
from instit_tools.made_up.scene import COLORS, SHAPES, Scene, Thing
from instit_tools.made_up.story import appearances
from instit_tools.made_up.wording import PLACES
from instit_tools.references import print_moment

__all__ = ["FOLDER", "PREDICTIONS", "write_bench"]

FOLDER, PREDICTIONS = "bench", "predictions"
_LETTERS = "ABCD"
_MOST = 5
_SKILL = 0.6
_SAYING = (
    *("{letter}",) * 12, "{letter}.", "({letter})", "{letter}. {text}", "The best answer is: {letter}",
    "The correct answer is {letter}.", "Best option: {letter}", "Because of what the frames show, {letter}", "{lower}",
    "Based on the picture, I would say {letter}", "{text}",
)  # fmt: skip
_SILENT = ("I cannot tell from what is shown.", "{letter} or {other}", "A closer look would be needed.")
_SILENCE = 0.05

_Exchange = tuple[str, str, Sequence[str], str]  # question, right option, wrong options, answer in words


def write_bench(folder: Path, kind: Literal["video", "image"], scenes: Sequence[Scene], seed: int) -> int:
    """Write the two files of questions about *scenes*, and two of predictions, into *folder*; count the questions."""
    files: dict[str, list[Json]] = {
        name: [] for name in ("multi_choices", "open_ended", "mc_inference", "oe_inference")
    }
    for scene in scenes:
        rng = chance(seed, f"{kind}-bench", scene.index)
        for number, exchange in enumerate(_exchanges(kind, scene, rng), 1):
            for name, row in _rows(kind, scene, number, exchange, rng).items():
                files[name].append(row)
    for name, rows in files.items():
        place = folder / FOLDER / PREDICTIONS if name.endswith("inference") else folder / FOLDER
        place.mkdir(parents=True, exist_ok=True)
        written = msgspec.json.format(msgspec.json.encode(rows), indent=4 if name.endswith("inference") else 2)
        (place / f"{kind}_{name}.json").write_bytes(written + b"\n")
    return len(files["multi_choices"])


def _rows(
    kind: Literal["video", "image"], scene: Scene, number: int, exchange: _Exchange, rng: Random
) -> Mapping[str, Json]:
    question, right, wrong, answer = exchange
    options = dict(zip(_LETTERS, shuffled(rng, [right, *wrong]), strict=True))
    letter = next(letter for letter, text in options.items() if text == right)
    name = f"{scene.index + 1:03}"
    path = naming.video_path(scene.index) if kind == "video" else naming.image_path(scene.index)
    asked: Json = {"question_id": f"{name}-{number:02}", f"{kind}_id": name, f"{kind}_path": path, "question": question}
    chosen = letter if rng.random() < _SKILL else choose(rng, _LETTERS)
    said = {"question_id": asked["question_id"], "question": question}
    return {
        "multi_choices": asked | {"answer": letter, "options": options},
        "open_ended": asked | {"answer": answer},
        "mc_inference": said | _said(_phrased(chosen, options, rng), letter, kind),
        "oe_inference": said | _said(answer.replace(right, options[chosen]), answer, kind),
    }


def _said(prediction: str, truth: str, kind: str) -> Json:
    return {"model_prediction": prediction, "ground_truth": truth, "split": kind}


def _phrased(letter: str, options: Mapping[str, str], rng: Random) -> str:
    saying = choose(rng, _SILENT if rng.random() < _SILENCE else _SAYING)
    other = choose(rng, _LETTERS.replace(letter, ""))
    return saying.format(letter=letter, lower=letter.lower(), text=options[letter], other=other)


def _exchanges(kind: str, scene: Scene, rng: Random) -> Iterator[_Exchange]:
    """Ask up to five different questions."""
    asked: set[str] = set()
    asking = (_where, _looks, _first, _where, _looks) if kind == "video" else (_where, _looks, _where, _looks)
    for ask in asking[:_MOST]:
        time = 1 + int(rng.random() * len(scene.frames))
        thing = scene.things[choose(rng, list(scene.frames[time - 1]))]
        exchange = ask(kind, scene, time, thing, rng)
        if exchange and exchange[0] not in asked:
            asked.add(exchange[0])
            yield exchange


def _where(kind: str, scene: Scene, time: int, thing: Thing, rng: Random) -> _Exchange:
    right = PLACES[scene.frames[time - 1][thing.id]]
    wrong = shuffled(rng, [place for place in PLACES if place != right])[:3]
    moment = f" at {print_moment(time)}" if kind == "video" else ""
    return f"Where is {thing.who}{moment}?", right, wrong, f"{thing.who} is {right}{moment}."


def _looks(_kind: str, _scene: Scene, _time: int, thing: Thing, rng: Random) -> _Exchange:
    right = f"A {thing.color} {thing.shape}"
    others = [f"A {color} {thing.shape}" for color in shuffled(rng, COLORS) if color != thing.color][:2]
    shape = choose(rng, [shape for shape in SHAPES if shape != thing.shape])
    return f"What is {thing.who}?", right, [*others, f"A {thing.color} {shape}"], f"{thing.who} is {right}."


def _first(_kind: str, scene: Scene, _time: int, thing: Thing, rng: Random) -> _Exchange | None:
    right, _ = appearances(scene, thing.id)
    wrong = [time for time in range(1, len(scene.frames) + 1) if time != right]
    if len(wrong) < 3:  # noqa: PLR2004  # four options
        return None
    options = [print_moment(time) for time in shuffled(rng, wrong)[:3]]
    return (
        f"When is {thing.who} first seen?",
        print_moment(right),
        options,
        f"{thing.who} is first seen at {print_moment(right)}.",
    )
