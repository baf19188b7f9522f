"""An endpoint that speaks OpenAI's protocol for chat, which vLLM, SGLang, LMDeploy and most hosts serve, too.

The library `openai` sends; what comes back is read here, so that half a reply, a page of HTML or a score of 7 is told
from an answer. Its own retries are off: `run` waits and counts. The key is taken from the environment, and taken out of
whatever the endpoint says about it.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import NoAnswer, Reply, TryAgain
from instit_tools.errors import AccessError, PlaceError, UsageError

if TYPE_CHECKING:
    import openai

__all__ = ["OPENAI", "Endpoint", "EndpointClient"]

OPENAI = "https://api.openai.com/v1"
_AGAIN = frozenset({408, 409, 425, 429})
_SERVER = 500
_LONGEST_WAIT = 600.0
_SHOWN = 300


class Endpoint(Struct, frozen=True, kw_only=True):
    """Whom to ask: *model* at *url*, with the key that the environment variable *key_variable* holds, if any.

    *name* is what results and the cache call it. *timeout* is in seconds. What is ``None`` is left to the endpoint.
    """

    model: str
    url: str = OPENAI
    key_variable: str = "OPENAI_API_KEY"
    timeout: float = 120.0
    temperature: float | None = None
    sampling_seed: int | None = None
    max_tokens: int | None = None
    name: str | None = None

    @property
    def called(self) -> str:
        """Name it: the model alone at OpenAI, the model and its place elsewhere."""
        return self.name or (self.model if self.url.rstrip("/") == OPENAI else f"{self.model} at {self.url}")

    def parameters(self) -> dict[str, Any]:
        """Give what goes with every request."""
        given = {
            "temperature": self.temperature,
            "seed": self.sampling_seed,
            "max_tokens": self.max_tokens,
        }
        return {"model": self.model} | {name: value for name, value in given.items() if value is not None}

    def key(self, request: Mapping[str, Any]) -> str:
        """Name *request* by who is asked and by all that is sent: what the cache knows its answer by."""
        sent = {"who": self.called, **self.parameters(), **request}
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


class _Message(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(Struct):
    choices: list[_Choice]
    model: str | None = None
    system_fingerprint: str | None = None
    usage: _Usage | None = None


class EndpointClient:
    """Asks one endpoint, from within a running event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Find the library and the key.

        Raises `UsageError` without the library `openai`, `AccessError` where OpenAI is asked without a key.
        """
        try:
            import openai
        except ImportError as error:
            message = "asking a model needs the library openai, which is not installed"
            raise UsageError(message, hint="pip install 'instit-tools[openai]'") from error
        self._openai = openai
        self._endpoint = endpoint
        self._key = _key(endpoint)
        self._client = openai.AsyncOpenAI(
            api_key=self._key or "none", base_url=endpoint.url, timeout=endpoint.timeout, max_retries=0
        )

    def key(self, request: Mapping[str, Any]) -> str:
        """Name *request* by who is asked and by all that is sent."""
        return self._endpoint.key(request)

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Send *request*; raise `TryAgain`, `NoAnswer`, or an `InstitError` where no question would be answered."""
        openai = self._openai
        try:
            raw = await self._client.chat.completions.with_raw_response.create(**self._endpoint.parameters(), **request)
            content = raw.http_response.content
        except openai.APITimeoutError as error:
            raise TryAgain(f"no reply within {self._endpoint.timeout:g} seconds") from error
        except openai.APIStatusError as error:
            raise self._status(error) from error
        except openai.APIConnectionError as error:
            reason = self._clean(str(error.__cause__ or error)) or type(error.__cause__).__name__
            raise TryAgain(f"the connection broke: {reason}", unreachable=True) from error
        except (openai.OpenAIError, UnicodeError, ValueError) as error:
            raise UsageError(f"{self._endpoint.url}: {self._clean(str(error))}", hint=_HINT) from error
        return _read(content)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _status(self, error: "openai.APIStatusError") -> Exception:
        said = self._clean(_sentence(error))
        status = error.status_code
        where = f"{self._endpoint.url}: {self._endpoint.model}: {said} (status {status})"
        if status in {401, 403} or _out_of_credit(error):
            return AccessError(where, hint=f"the key is taken from the environment: {self._endpoint.key_variable}")
        if status in {404, 405}:
            return PlaceError(where, hint="--endpoint is the address up to /v1, --model a name that it serves")
        if status in _AGAIN or status >= _SERVER:
            return TryAgain(f"{said} (status {status})", after=_wait(error))
        return NoAnswer(f"{said} (status {status})")

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


_HINT = "--endpoint is the address up to /v1, such as http://localhost:8000/v1"


def _key(endpoint: Endpoint) -> str:
    key = os.environ.get(endpoint.key_variable, "").strip()
    if not key and endpoint.url.rstrip("/") == OPENAI:
        message = f"OpenAI is asked with a key, and the environment variable {endpoint.key_variable} holds none"
        raise AccessError(message, hint="set it, or name another endpoint: --endpoint http://localhost:8000/v1")
    if not key.isascii() or any(character.isspace() for character in key):
        raise AccessError(
            f"the environment variable {endpoint.key_variable} holds no key: it has spaces or other letters"
        )
    return key


def _read(content: bytes) -> Reply:
    try:
        found = msgspec.json.decode(content, type=_Completion)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = content[:40].decode("utf-8", "replace")
        raise TryAgain(f"the reply is no chat completion: {error}; it starts with {start!r}") from error
    if not found.choices:
        raise TryAgain("the reply has no choices")
    choice = found.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise NoAnswer(f"the model refuses: {(choice.message.refusal or 'its content filter stopped it')[:_SHOWN]}")
    usage = found.usage or _Usage()
    return Reply(
        text=choice.message.content or "",
        finish=choice.finish_reason,
        model=found.model,
        fingerprint=found.system_fingerprint,
        tokens_in=usage.prompt_tokens,
        tokens_out=usage.completion_tokens,
    )


def _sentence(error: "openai.APIStatusError") -> str:
    """Give what the endpoint says itself, on one line."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    text = said if isinstance(said, str) else error.response.text
    return " ".join(text.split())[:_SHOWN] or "no reason is given"


def _out_of_credit(error: "openai.APIStatusError") -> bool:
    return isinstance(error.body, dict) and error.body.get("code") == "insufficient_quota"


def _wait(error: "openai.APIStatusError") -> float | None:
    """Read how long to wait; a date, which some hosts send, is not looked at."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if seconds >= 0 else None
