"""What goes wrong at a place elsewhere, in a sentence: every library has errors of its own, told here by their names.

No library is imported for that, and what they say is never repeated with a password or a token in it.
"""

from collections.abc import Iterator

from instit_tools.addresses import scheme, shown
from instit_tools.errors import AccessError, InstitError, PlaceError

__all__ = ["changed", "is_empty", "meant", "other", "plain"]

_NO_CREDENTIALS = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_REFUSED = frozenset({"PermissionError", "TokenRetrievalError", "UnauthorizedSSOTokenError", "SSOTokenLoadError"})
_UNREACHABLE = frozenset(
    {"ConnectionError", "TimeoutError", "HTTPClientError", "ClientConnectionError", "TransportError", "gaierror"}
)
_DENIED = frozenset({401, 403})
_NO_SUCH_BYTES = 416
_SIGN_IN = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "hf": "is the name right? a private or gated dataset needs: hf auth login",
}
_CONNECT = {
    "s3": "is there a network, and is AWS_ENDPOINT_URL right, if it is set?",
    "hf": "is there a network, and is HF_HUB_OFFLINE or HF_ENDPOINT set?",
}
_LONGEST = 200


def meant(error: BaseException, name: str) -> InstitError | None:
    """Tell a refusal and a lost connection, which may hide behind another error."""
    chain = list(_chain(error))
    names = {each.__name__ for link in chain for each in type(link).__mro__}
    kind = scheme(name)
    sign_in = _SIGN_IN.get(kind, f"see how fsspec gets its credentials for {kind}://")
    if names & _NO_CREDENTIALS:
        return AccessError(f"no credentials for {name} were found", hint=sign_in)
    if names & _REFUSED or any(_status(link) in _DENIED for link in chain):
        return AccessError(f"access to {name} was refused", hint=sign_in)
    if names & _UNREACHABLE:
        hint = _CONNECT.get(kind, "is there a network, and is the address right?")
        return PlaceError(f"{name} cannot be reached", hint=hint)
    if "FileExpired" in names:
        return changed(name)
    return None


def changed(name: str) -> PlaceError:
    """Say that a file was replaced while it was read."""
    return PlaceError(f"{name} has changed while it was read", hint="run it again when nothing else writes the file")


def is_empty(error: Exception) -> bool:
    """Say whether a server has not even the first of the bytes that it was asked for."""
    return any(_status(link) == _NO_SUCH_BYTES for link in _chain(error))


def other(error: Exception, name: str, done: str = "read") -> InstitError | None:
    """Say whatever else a library says, where *name* was to be *done*; Python's own errors, but of files, are bugs."""
    if isinstance(error, OSError) or not type(error).__module__.startswith(("builtins", "instit_tools")):
        return PlaceError(f"{name} cannot be {done}: {plain(error)}")
    return None


def plain(error: Exception) -> str:
    """Write what *error* says on one line, without secrets, and not too long."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    text = shown(" ".join(said.split())).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _status(error: BaseException) -> object:
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):  # as botocore has it
        return answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return getattr(error, "status", None) or getattr(answer, "status_code", None)
