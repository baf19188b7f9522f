"""The request to a judge, as the published script makes it, and the score in what comes back.

One message of two parts, the prompt and a JSON object with question, right answer and answer; structured output with
one number, ``sample_score``. The published script takes any number; here, one outside 0 to 1 is no score.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from instit_tools.bench.asking.base import Call, Reply, TryAgain
from instit_tools.bench.asking.money import estimated
from instit_tools.bench.predictions import Answer

__all__ = ["EXPECTED", "Format", "query", "score_of"]

Format = Literal["schema", "json", "text"]
"""How a score is asked for: by a JSON Schema, as any JSON, or only by the words of the prompt."""
EXPECTED = 12
"""Tokens of a reply that is a score."""

_FIELD = "sample_score"
_SCHEMA = {
    "properties": {_FIELD: {"title": "Sample Score", "type": "number"}},
    "required": [_FIELD],
    "title": "SampleScore",
    "type": "object",
    "additionalProperties": False,
}
_FORMATS: Mapping[Format, dict[str, Any]] = {
    "schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "SampleScore", "schema": _SCHEMA, "strict": True},
        }
    },
    "json": {"response_format": {"type": "json_object"}},
    "text": {},
}
_OBJECT = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"\s*(?:score\s*[:=]\s*)?([01](?:\.[0-9]+)?)\s*\.?\s*", re.IGNORECASE)
_QUOTED = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,99})?")
_SHOWN = 80


def query(answer: Answer, prompt: str, form: Format) -> Call:
    """Ask how right *answer* is."""
    item = json.dumps(
        {"question": answer.question, "ground_truth_answer": answer.truth, "tester_response": answer.prediction or ""}
    )
    parts = [{"type": "text", "text": prompt}, {"type": "text", "text": item}]
    return Call(
        about=f"{answer.split} {answer.id}",
        request={"messages": [{"role": "user", "content": parts}], **_FORMATS[form]},
        tokens=estimated(len(prompt) + len(item)),
    )


def score_of(reply: Reply) -> float:
    """Read the score in *reply*; raise `TryAgain` where it is none, or none between 0 and 1."""
    value = _value(reply.text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        cut = " (it was cut short)" if reply.finish == "length" else ""
        raise TryAgain(f"the judge gave no score{cut}: {reply.text[:_SHOWN]!r}")
    if not 0 <= value <= 1:  # nor is NaN
        raise TryAgain(f"the judge gave {str(value)[:_SHOWN]}, which is not from 0 to 1")
    return float(value)


def _value(text: str) -> object:
    for candidate in (text, *reversed(_OBJECT.findall(text))):
        try:
            tree = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(tree, dict) and _FIELD in tree:
            return _plain(tree[_FIELD])
    number = _NUMBER.fullmatch(text)
    return float(number[1]) if number else None


def _plain(value: object) -> object:
    """Take a number in quotes for a number, as the published script does."""
    return float(value) if isinstance(value, str) and _QUOTED.fullmatch(value) else value
