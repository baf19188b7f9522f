"""An endpoint that speaks OpenAI's protocol for chat, which vLLM, SGLang, LMDeploy and most hosts serve, too.

The library `openai` sends; `completion` reads what comes back. Its own retries are off: `run` waits and counts. The key
is taken from the environment, and taken out of whatever the endpoint says.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from instit_tools.addresses import shown
from instit_tools.bench.asking.base import NoAnswer, Reply, TryAgain
from instit_tools.bench.asking.completion import body_of, out_of_credit, read, sentence, wait
from instit_tools.errors import AccessError, PlaceError, UsageError
from instit_tools.spelling_out import printable

if TYPE_CHECKING:
    import openai

__all__ = ["OPENAI", "Endpoint", "EndpointClient"]

OPENAI = "https://api.openai.com/v1"
_AGAIN = frozenset({408, 409, 425, 429})
_SERVER = 500
_SHORTEST_SECRET = 8
"""Characters below which a key keeps nothing secret (``EMPTY``), and may well be part of an answer."""
_CONNECT, _SHOWN = 20.0, 300
_UNREACHABLE = frozenset({"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol"})
_HINT = "--endpoint is the address up to /v1, such as http://localhost:8000/v1"


class Endpoint(Struct, frozen=True, kw_only=True):
    """Whom to ask: *model* at *url*, with the key that the environment variable *key_variable* holds, if any.

    *name* is what results and the cache call it. *timeout* is in seconds. What is ``None`` is left to the endpoint.
    Raises `UsageError` for a *url* that cannot be one, and for what JSON has no way to say.
    """

    model: str
    url: str = OPENAI
    key_variable: str = "OPENAI_API_KEY"
    timeout: float = 120.0
    temperature: float | None = None
    sampling_seed: int | None = None
    max_tokens: int | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        wrong = _wrong(self.url)
        if wrong:
            raise UsageError(f"--endpoint {shown(self.url).rpartition('@')[2]}: {wrong}", hint=_HINT)
        for option, number in (("temperature", self.temperature), ("timeout", self.timeout)):
            if number is not None and not isfinite(number):
                raise UsageError(f"--{option} {number:g} is no number to work with")
        for option, text in (("model", self.model), ("as", self.name or "")):
            if printable(text) != text:
                raise UsageError(f"--{option} {text} is no text in UTF-8")

    @property
    def address(self) -> str:
        """Write the address as there is one way to."""
        return self.url.rstrip("/")

    @property
    def called(self) -> str:
        """Name it: the model alone at OpenAI, the model and its place elsewhere."""
        return self.name or (self.model if self.address == OPENAI else f"{self.model} at {self.address}")

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


def _wrong(url: str) -> str | None:
    """Say what is wrong with the address of an endpoint, if anything is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"this is no address: {error}" if "@" not in url else "this is no address"
    if parts.scheme not in {"http", "https"}:
        return "the address of an endpoint starts with http:// or https://"
    if "@" in url:
        return "a user name or password in the address is not sent; a key is taken from the environment"
    if not host or parts.query or parts.fragment or not url.isprintable() or " " in url:
        return "this is no address up to /v1"
    return None


class EndpointClient:
    """Asks one endpoint, from within a running event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Find the library and the key.

        Raises `UsageError` without the library `openai`, `AccessError` where OpenAI is asked without a key.
        """
        try:
            import openai

            from instit_tools.bench.asking.bounded import TooLong, bounded
        except ImportError as error:
            message = "asking a model needs the library openai, which is not installed"
            raise UsageError(message, hint="pip install 'instit-tools[openai]'") from error
        self._openai, self._too_long = openai, TooLong
        self._endpoint = endpoint
        self._key = _key(endpoint)
        timeout = openai.Timeout(endpoint.timeout, connect=min(endpoint.timeout, _CONNECT))
        try:
            http = openai.DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [bounded]})
        except (ValueError, ImportError) as error:  # of a proxy that the environment names
            message = f"the proxy that the environment names cannot be used: {shown(str(error))}"
            raise UsageError(message, hint="look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; NO_PROXY=HOST") from error
        self._client = openai.AsyncOpenAI(
            api_key=self._key or "none", base_url=endpoint.url, timeout=timeout, max_retries=0, http_client=http
        )
        self._answered = False

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Send *request*; raise `TryAgain`, `NoAnswer`, or an `InstitError` where no question would be answered."""
        reply = read(await self._sent({**self._endpoint.parameters(), **request}), self._clean)
        self._answered = True
        return reply

    async def _sent(self, body: Mapping[str, Any]) -> bytes:
        openai = self._openai
        try:
            async with asyncio.timeout(self._endpoint.timeout):  # the library's is for each piece of a reply
                return await body_of(self._client, body)
        except openai.APIStatusError as error:
            raise self._status(error) from error
        except (TimeoutError, openai.APITimeoutError) as error:
            if _cause(error) in _UNREACHABLE:
                raise TryAgain("nobody answers at that address", unreachable=True) from error
            raise TryAgain(f"no reply within {self._endpoint.timeout:g} seconds", paid=True) from error
        except openai.APIConnectionError as error:
            reason = self._clean(str(error.__cause__ or error))[:_SHOWN] or _cause(error)
            unreachable = _cause(error) in _UNREACHABLE
            raise TryAgain(f"the connection broke: {reason}", unreachable=unreachable, paid=not unreachable) from error
        except self._too_long as error:
            raise TryAgain(str(error), paid=True) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _status(self, error: "openai.APIStatusError") -> Exception:
        said = sentence(error, self._clean)
        status = error.status_code
        where = f"{self._endpoint.address}: {self._endpoint.model}: {said} (status {status})"
        if status in {401, 402} or (status == 403 and not self._answered) or out_of_credit(error):  # noqa: PLR2004
            return AccessError(where, hint=f"the key is taken from the environment: {self._endpoint.key_variable}")
        if status in {404, 405}:
            return PlaceError(where, hint="--endpoint is the address up to /v1, --model a name that it serves")
        if status in _AGAIN or status >= _SERVER:
            return TryAgain(f"{said} (status {status})", after=wait(error))
        if "response_format" in said and not self._answered:
            return UsageError(where, hint="the endpoint may take another way to ask: --answer-format json, or text")
        return NoAnswer(f"{said} (status {status})")

    def _clean(self, text: str) -> str:
        """Take the key out of *text*."""
        return text.replace(self._key, "***") if len(self._key) >= _SHORTEST_SECRET else text


def _cause(error: BaseException) -> str:
    return type(error.__cause__).__name__


def _key(endpoint: Endpoint) -> str:
    key = os.environ.get(endpoint.key_variable, "").strip()
    if not key and endpoint.address == OPENAI:
        message = f"OpenAI is asked with a key, and the environment variable {endpoint.key_variable} holds none"
        raise AccessError(message, hint="set it, or name another endpoint: --endpoint http://localhost:8000/v1")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AccessError(
            f"the environment variable {endpoint.key_variable} holds no key: it has spaces or other letters"
        )
    return key
