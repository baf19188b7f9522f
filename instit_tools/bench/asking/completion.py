"""What an endpoint sends back, read strictly: half a reply or a page of HTML is told from an answer.

What goes with an answer and is odd, such as a count of tokens below zero, is taken for unknown.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import NoAnswer, Reply, TryAgain
from instit_tools.spelling_out import printable

if TYPE_CHECKING:
    import openai

__all__ = ["body_of", "out_of_credit", "read", "sentence", "wait"]

_LONGEST_WAIT = 600.0
_SHOWN, _START = 300, 60
Clean = Callable[[str], str]


class _Message(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(Struct):
    choices: list[_Choice]
    model: str | None = None
    system_fingerprint: str | None = None
    usage: Any = None


async def body_of(client: "openai.AsyncOpenAI", body: Mapping[str, Any]) -> bytes:
    """Send *body* as it is, and give the bytes of the reply; what the library makes of either is not needed."""
    import httpx2

    response = await client.post("/chat/completions", body=body, cast_to=httpx2.Response)
    return response.content


def read(content: bytes, clean: Clean) -> Reply:
    """Read the first choice in *content*, with *clean* applied to every text.

    Raises `TryAgain` for what is no chat completion, `NoAnswer` where the model refuses.
    """
    try:
        found = msgspec.json.decode(content, type=_Completion)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = clean(content.decode("utf-8", "replace"))[:_START]
        why = clean(str(error))
        raise TryAgain(f"the reply is no chat completion: {why}; it starts with {start!r}", paid=True) from error
    if not found.choices:
        raise TryAgain("the reply has no choices", paid=True)
    choice = found.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        said = clean(choice.message.refusal or "its content filter stopped it")
        raise NoAnswer(f"the model refuses: {said[:_SHOWN]}", paid=True)
    return Reply(
        text=clean(choice.message.content or ""),
        finish=choice.finish_reason and clean(choice.finish_reason),
        model=found.model and clean(found.model),
        fingerprint=found.system_fingerprint and clean(found.system_fingerprint),
        tokens_in=_count(found.usage, "prompt_tokens"),
        tokens_out=_count(found.usage, "completion_tokens"),
    )


def _count(usage: object, name: str) -> int | None:
    number = usage.get(name) if isinstance(usage, dict) else None
    return number if isinstance(number, int) and number >= 0 else None


def sentence(error: "openai.APIStatusError", clean: Clean) -> str:
    """Give what the endpoint says itself, on one line, with *clean* applied to it."""
    body = error.body if isinstance(error.body, dict) else {}
    said = body.get("message", body.get("detail"))  # OpenAI's word for it, and FastAPI's
    text = said if isinstance(said, str) else error.response.text
    return clean(" ".join(printable(text).split()))[:_SHOWN] or "no reason is given"


def out_of_credit(error: "openai.APIStatusError") -> bool:
    """Say whether it is about money, which no waiting brings."""
    return isinstance(error.body, dict) and error.body.get("code") == "insufficient_quota"


def wait(error: "openai.APIStatusError") -> float | None:
    """Read how many seconds to wait; a date, which some hosts send, is not looked at."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if seconds >= 0 else None
