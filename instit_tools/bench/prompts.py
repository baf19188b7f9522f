"""The words in which models are asked and answers judged: this project's own, or those of a file of the user's.

A file has the keys of the published one (``prompts.py`` of the authors), as TOML, JSON, or that Python file itself, of
which the literal `prompt_template` is read and nothing is run. A text file is a prompt for the judge alone.
"""

import ast
import hashlib
import json
import tomllib
import warnings
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.bench.forms import SHORT, Form, Split
from instit_tools.errors import UsageError
from instit_tools.spelling_out import printable

__all__ = ["OWN", "Prompts", "fingerprint", "load", "own"]

OWN = "instit-tools"
_LITERAL = "prompt_template"
_MOST = 1 << 20
_SUFFIXES = ".toml, .json, .py, .txt or .md"


class _Around(Struct, frozen=True):
    pre_prompt: str
    post_prompt: str


class _Judge(Struct, frozen=True):
    image: str | None = None
    video: str | None = None


class _File(Struct, frozen=True):
    image_mc: _Around | None = None
    image_oe: _Around | None = None
    video_mc: _Around | None = None
    video_oe: _Around | None = None
    gpt_eval: _Judge | None = None


class Prompts(Struct, frozen=True):
    """Prompts by what they are for; *name* is where they are from."""

    name: str
    held: _File

    def judge(self, split: Split) -> str:
        """Give the prompt of the judge of answers about images or videos; raise `UsageError` where there is none."""
        text = getattr(self.held.gpt_eval, split, None)
        if not text:
            raise self._lacks(f"gpt_eval.{split}")
        return str(text)

    def ask(self, split: Split, form: Form, question: str, choices: Mapping[str, str]) -> str:
        """Write what a model is asked, laid out as the authors' scripts do; raise `UsageError` where a prompt lacks."""
        first, last = self.around(split, form)
        if form == "open-ended":
            return f"{first}\n{last}\n{question}"
        options = [f"{letter}. {choices[letter]}" for letter in sorted(choices)]
        return "\n".join((first, question, *options, last))

    def around(self, split: Split, form: Form) -> tuple[str, str]:
        """Give the ``pre_prompt`` and the ``post_prompt`` of a question; raise `UsageError` where there are none."""
        key = f"{split}_{SHORT[form]}"
        around: _Around | None = getattr(self.held, key)
        if around is None:
            raise self._lacks(key)
        return around.pre_prompt, around.post_prompt

    def tree(self) -> dict[str, Any]:
        """Give all of them as plain data, without those that are not there."""
        held: dict[str, Any] = msgspec.to_builtins(self.held)
        return {key: value for key, value in held.items() if value is not None}

    def _lacks(self, key: str) -> UsageError:
        return UsageError(f"{self.name} has no prompt {key}", hint="see which there are: instit-tools bench prompts")


def fingerprint(text: str) -> str:
    """Compute the sha256 of a prompt, by which results say what was asked."""
    return hashlib.sha256(text.encode()).hexdigest()


def own() -> Prompts:
    """Give this project's own prompts."""
    text = resources.files("instit_tools.bench").joinpath("prompts.toml").read_text("utf-8")
    return Prompts(OWN, msgspec.convert(tomllib.loads(text), _File))


def load(path: Path | None) -> Prompts:
    """Read the prompts in the file at *path*, or give the project's own.

    Raises `UsageError` where there is none, or it does not say what it should.
    """
    if path is None:
        return own()
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST + 1)
        if len(data) > _MOST:
            raise UsageError(f"{path} is larger than a file of prompts ever is")
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8: {error.reason} at byte {error.start}") from error
    return Prompts(printable(str(path)), _held(path, text))


def _held(path: Path, text: str) -> _File:
    suffix = path.suffix.lower()
    if suffix in {".txt", ".md"}:
        if not text.strip():
            raise UsageError(f"{path} is empty")
        return _File(gpt_eval=_Judge(text, text))
    readers: dict[str, Callable[[str], object]] = {".toml": tomllib.loads, ".json": json.loads, ".py": _literal}
    if suffix not in readers:
        raise UsageError(
            f"{path} is no file of prompts: its name ends in {suffix or 'nothing'}", hint=f"use {_SUFFIXES}"
        )
    try:
        held = msgspec.convert(readers[suffix](text), _File)
        msgspec.json.encode(held)  # half a character, which JSON and Python can spell, cannot be sent
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at ")
        field = where.strip("`").removeprefix("$.").removeprefix("$")
        sentence = f"{field}: {message[0].lower()}{message[1:]}" if field else message[0].lower() + message[1:]
        raise UsageError(f"{path}: {sentence}", hint=_KEYS) from error
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint=_KEYS) from error
    return held


_KEYS = "the keys are gpt_eval with image and video, and image_mc to video_oe with pre_prompt and post_prompt"


def _literal(text: str) -> Any:  # noqa: ANN401  # whatever is written there
    """Find the literal that is assigned to ``prompt_template``, and read it without running anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\\d" is no fault of whoever reads it
        tree = ast.parse(text)
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == _LITERAL for target in targets):
            return ast.literal_eval(statement.value)  # type: ignore[attr-defined]  # only an Assign has targets
    message = f"nothing is assigned to {_LITERAL}"
    raise ValueError(message)
