"""From questions to the published files of predictions: one a split and form, and beside them how they were made."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import Client, NoAnswer, Reply
from instit_tools.bench.asking.endpoint import EndpointClient
from instit_tools.bench.asking.money import estimated
from instit_tools.bench.asking.run import Meter, Outcome, ask_all, run
from instit_tools.bench.asking.service import Plan, Service, Spent, planned, spent
from instit_tools.bench.forms import FORMS, SPLITS, Form, Split
from instit_tools.bench.items import Item, read_items
from instit_tools.bench.predicting.models import LocalClient, Prompt, load
from instit_tools.bench.predicting.pictures import Picture, Shots, pictures_of
from instit_tools.bench.prompts import Prompts, fingerprint
from instit_tools.bench.prompts import load as load_prompts
from instit_tools.bench.results import Given, encode, given, write
from instit_tools.media.paths import Marks
from instit_tools.media.store import beside, open_store
from instit_tools.source.find import find
from instit_tools.version import __version__

__all__ = ["FILES", "RUN", "Failure", "Ran", "Settings", "plan", "predict", "write_predictions"]

RUN, FAILURES = "run.json", "failures.jsonl"
_SHORT: Mapping[Form, str] = {"multiple-choice": "mc", "open-ended": "oe"}
FILES = (RUN, FAILURES, *(f"{split}_{_SHORT[form]}_inference.json" for split in SPLITS for form in FORMS))
"""All files that a run may write; those of predictions are called as the authors' scripts call them."""
_A_PICTURE = 765
"""Tokens of a picture, for estimates: what gpt-4o counts for 1024 x 768 pixels (OpenAI's guide to vision)."""
FORMAT, VERSION = "instit-tools bench predict", 1


class Settings(Struct, frozen=True, kw_only=True):
    """What is asked about which pictures, of whom; *local* is a plug-in in place of the endpoint of *service*."""

    items: tuple[str, ...]
    service: Service
    local: str | None = None
    options: dict[str, str] = {}
    media: str | None = None
    marks: Marks = "vpt"
    max_frames: int | None = None
    max_side: int | None = None
    labels: bool = True
    prompts: Path | None = None
    limit: int | None = None

    @property
    def called(self) -> str:
        """Name who is asked."""
        if self.local is None:
            return self.service.endpoint.called
        named = self.service.endpoint.name
        return named or " ".join([self.local, *(f"{key}={value}" for key, value in sorted(self.options.items()))])


class Failure(Struct, frozen=True, kw_only=True):
    """A question without an answer, and why."""

    question_id: str
    split: Split
    form: Form
    failure: str


class Ran(Struct, frozen=True, kw_only=True):
    """How predictions were made; *cut* are those that ended at the most tokens they may have."""

    format: str = FORMAT
    version: int = VERSION
    tool: str = __version__
    model: str
    parameters: dict[str, float | int | str | None]
    prompts_from: str
    prompts: dict[str, str]
    marks: Marks
    max_frames: int | None
    max_side: int | None
    labels: bool
    items: tuple[Given, ...]
    models: dict[str, int]
    questions: int
    answered: int
    failed: int
    cut: int


class Predicted(Struct, frozen=True, kw_only=True):
    """The answers, by question in the order they were asked."""

    ran: Ran
    answers: tuple[tuple[Item, str], ...]
    failures: tuple[Failure, ...]
    spent: Spent


class _Query:
    """A question whose pictures are read when it is looked at: all of them would not fit into memory."""

    def __init__(
        self, item: Item, text: str, shots: Shots, form: Callable[[Prompt], dict[str, Any]], *, labels: bool
    ) -> None:
        self.about = f"{item.split} {item.id}"
        self._item, self._text, self._shots, self._form, self._labels = item, text, shots, form, labels
        self._pictures = shots.max_frames or 1

    @property
    def request(self) -> dict[str, Any]:
        """Read the pictures and write what is sent."""
        pictures = pictures_of(self._item, self._shots)
        self._pictures = len(pictures)
        return self._form(
            Prompt(
                id=self._item.id,
                split=self._item.split,
                form=self._item.form,
                text=self._text,
                pictures=pictures,
                labels=self._labels,
            )
        )

    @property
    def tokens(self) -> int:
        """Estimate what goes in; of the pictures once they were read."""
        return estimated(len(self._text)) + _A_PICTURE * self._pictures


def messages(prompt: Prompt) -> dict[str, Any]:
    """Write *prompt* as a message of OpenAI's protocol: each picture behind its timestamp, then the text."""
    parts: list[dict[str, Any]] = []
    for picture in prompt.pictures:
        if prompt.labels and picture.timestamp is not None:
            parts.append({"type": "text", "text": f"<{picture.timestamp}>"})
        parts.append({"type": "image_url", "image_url": {"url": _url(picture)}})
    parts.append({"type": "text", "text": prompt.text})
    return {"messages": [{"role": "user", "content": parts}]}


def _url(picture: Picture) -> str:
    return f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"


def _as_it_is(prompt: Prompt) -> dict[str, Any]:
    return {"prompt": prompt}


def _text_of(reply: Reply) -> Reply:
    if not reply.text.strip():
        raise NoAnswer("the model said nothing")
    return reply


def plan(settings: Settings) -> Plan:
    """Say what `predict` would ask and cost; nobody is asked, but all pictures are read. Raises as it does."""
    items, prompts = _read(settings)
    queries = _queries(settings, items, prompts)
    return planned(queries, settings.service, _key(settings), settings.service.endpoint.max_tokens or 0)


def _key(settings: Settings) -> Callable[[Mapping[str, Any]], str]:
    return settings.service.endpoint.key if settings.local is None else LocalClient(_nobody, settings.called).key


def _nobody(prompt: Prompt) -> str:
    raise NotImplementedError(prompt.id)


def predict(settings: Settings, *, meter: Meter | None = None) -> Predicted:
    """Ask all questions, those that were answered before from the cache.

    Raises `MediaError` for a picture that cannot be used, `AccessError` where the key is refused, `PlaceError` where
    nothing is answered at all, and an `InstitError` for anything else that the caller can mend.
    """
    items, prompts = _read(settings)
    service = settings.service
    expected = service.endpoint.max_tokens or 0
    with service.asking(_maker(settings), settings.called, expected, meter, key=_key(settings)) as asking:
        outcomes = run(ask_all(asking, _queries(settings, items, prompts), _text_of))
    cost = spent(service, asking.budget, sum(outcome.cached for outcome in outcomes))
    if settings.local is not None:  # nobody counted tokens
        cost = msgspec.structs.replace(cost, tokens_in=0, tokens_out=0, dollars=None)
    return _predicted(settings, prompts, list(zip(items, outcomes, strict=True)), cost)


def _maker(settings: Settings) -> Callable[[], Client]:
    if settings.local is None:
        return lambda: EndpointClient(settings.service.endpoint)
    model = load(settings.local, settings.options)
    return lambda: LocalClient(model, settings.called)


def _read(settings: Settings) -> tuple[list[Item], Prompts]:
    items = sorted(read_items(settings.items), key=lambda item: (item.split, item.form, item.id))
    return items[: settings.limit], load_prompts(settings.prompts)


def _queries(settings: Settings, items: Sequence[Item], prompts: Prompts) -> list[Any]:
    root = settings.media or beside(find(settings.items))
    shots = Shots(
        store=open_store(root) if root else None,
        marks=settings.marks,
        max_frames=settings.max_frames,
        max_side=settings.max_side,
    )
    form = messages if settings.local is None else _as_it_is
    return [
        _Query(
            item, prompts.ask(item.split, item.form, item.question, item.choices), shots, form, labels=settings.labels
        )
        for item in items
    ]


def _predicted(
    settings: Settings, prompts: Prompts, found: list[tuple[Item, Outcome[Reply]]], spent: Spent
) -> Predicted:
    answers = [(item, outcome.value) for item, outcome in found if outcome.value is not None]
    failures = [
        Failure(question_id=item.id, split=item.split, form=item.form, failure=outcome.failure or "")
        for item, outcome in found
        if outcome.value is None
    ]
    models = sorted(reply.model for _, reply in answers if reply.model)
    ran = Ran(
        model=settings.called,
        parameters=settings.service.endpoint.parameters() if settings.local is None else {},
        prompts_from=prompts.name,
        prompts=_prompts(prompts, [item for item, _ in found]),
        marks=settings.marks,
        max_frames=settings.max_frames,
        max_side=settings.max_side,
        labels=settings.labels,
        items=given(settings.items),
        models={name: models.count(name) for name in dict.fromkeys(models)},
        questions=len(found),
        answered=len(answers),
        failed=len(failures),
        cut=sum(reply.finish == "length" for _, reply in answers),
    )
    texts = tuple((item, reply.text.strip()) for item, reply in answers)
    return Predicted(ran=ran, answers=texts, failures=tuple(failures), spent=spent)


def _prompts(prompts: Prompts, items: Sequence[Item]) -> dict[str, str]:
    """Give the sha256 of each prompt that was used, with nothing in the place of the question."""
    used = {(item.split, item.form) for item in items}
    blank = {"multiple-choice": dict.fromkeys("ABCD", ""), "open-ended": {}}
    return {
        f"{split}_{_SHORT[form]}": fingerprint(prompts.ask(split, form, "", blank[form]))
        for split, form in sorted(used)
    }


def write_predictions(folder: Path, found: Predicted, *, overwrite: bool = False) -> list[str]:
    """Write what was answered into the new *folder*, and give the names of the files of predictions."""
    files: dict[str, list[bytes]] = {}
    for split in SPLITS:
        for form in FORMS:
            rows = [_row(item, text) for item, text in found.answers if (item.split, item.form) == (split, form)]
            if rows:
                files[f"{split}_{_SHORT[form]}_inference.json"] = [json.dumps(rows, indent=4).encode() + b"\n"]
    names = list(files)
    files[RUN] = [encode(found.ran)]
    if found.failures:
        files[FAILURES] = [msgspec.json.encode(each) + b"\n" for each in found.failures]
    write(folder, files, overwrite=overwrite, replaces=FILES)
    return names


def _row(item: Item, text: str) -> dict[str, str | None]:
    return {
        "question_id": item.id,
        "question": item.question,
        "model_prediction": text,
        "ground_truth": item.truth,
        "split": item.split,
    }
