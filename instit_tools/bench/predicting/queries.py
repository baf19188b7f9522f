"""Questions with their pictures, as an endpoint or a plug-in gets them."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from instit_tools.bench.asking.money import estimated
from instit_tools.bench.frames import root_of
from instit_tools.bench.items import Item
from instit_tools.bench.predicting.models import Prompt
from instit_tools.bench.predicting.pictures import Picture, Shots, pictures_of
from instit_tools.bench.predicting.settings import Settings
from instit_tools.bench.prompts import Prompts
from instit_tools.media.store import open_store
from instit_tools.references import timestamps
from instit_tools.source.find import find

__all__ = ["PictureQuery", "messages", "queries"]

_A_PICTURE = 765
"""Tokens of a picture, for estimates: what gpt-4o counts for 1024 x 768 pixels (OpenAI's guide to vision)."""


class PictureQuery:
    """A question whose pictures are read when it is looked at: all of them would not fit into memory."""

    def __init__(
        self, item: Item, text: str, shots: Shots, form: Callable[[Prompt], dict[str, Any]], *, labels: bool
    ) -> None:
        self.about = f"{item.split} {item.id}"
        self._item, self._text, self._shots, self._form, self._labels = item, text, shots, form, labels
        self._pictures = shots.max_frames or 1
        self.beyond = False
        """Whether it speaks of a frame that is not there: others may stand in its place."""

    @property
    def request(self) -> dict[str, Any]:
        """Read the pictures and write what is sent."""
        pictures = pictures_of(self._item, self._shots)
        self._pictures = len(pictures)
        self.beyond = self._shots.max_frames is None and _latest(self._item) > len(pictures)
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


def _latest(item: Item) -> int:
    """Give the last frame that a question about a video speaks of."""
    spoken = timestamps(" ".join([item.question, *item.choices.values()])) if item.split == "video" else []
    return max(spoken, default=0)


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


def queries(settings: Settings, items: Sequence[Item], prompts: Prompts) -> list[PictureQuery]:
    """Write the questions of *items* down; raise `UsageError` where a prompt or the pictures' place is not there."""
    root = settings.media or root_of(find(settings.items))
    shots = Shots(
        store=open_store(root) if root else None,
        marks=settings.marks,
        max_frames=settings.max_frames,
        max_side=settings.max_side,
    )
    form = messages if settings.local is None else _as_it_is
    return [
        PictureQuery(
            item, prompts.ask(item.split, item.form, item.question, item.choices), shots, form, labels=settings.labels
        )
        for item in items
    ]
