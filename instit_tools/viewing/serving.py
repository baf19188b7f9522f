"""A site over HTTP, for this machine alone: its own files, and the pictures that its pages link to.

Both are read through stores, which open nothing outside their root. Only who asks for this machine by its own name is
answered, so that a page of somebody else's cannot read the site through a name that it makes lead here.
"""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urljoin, urlsplit

from instit_tools.errors import MediaError, UsageError
from instit_tools.media.folder import FolderStore
from instit_tools.viewing.site import INDEX, Site

__all__ = ["HOST", "serving"]

HOST = "127.0.0.1"
_NAMES = frozenset({HOST, "localhost"})
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
_PICTURES = frozenset({"webp", "jpg", "jpeg", "png", "gif", "bmp"})


class _Files:
    """What may be asked for."""

    def __init__(self, folder: Path, site: Site) -> None:
        """Open the site, and the pictures where it links to them."""
        self._site = FolderStore(folder)
        self._media = FolderStore(Path(site.media)) if site.media else None
        self._at = urlsplit(urljoin(f"http://{HOST}/records/", f"{site.link}/")).path if site.media else None
        self._one_at_a_time = threading.Lock()

    def read(self, path: str) -> bytes:
        """Give the file at the *path* of an address; raise `MediaError` where there is none, or none to be shown."""
        with self._one_at_a_time:
            try:
                return self._site.read(unquote(path).removeprefix("/") or INDEX)
            except MediaError:
                if self._media is None or self._at is None or not path.startswith(self._at):
                    raise
            inside = unquote(path.removeprefix(self._at))
            if _extension(inside) not in _PICTURES:
                message = f"{inside} is no picture"
                raise MediaError(message)
            return self._media.read(inside)


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    files: ClassVar[_Files]
    server_version = "instit-tools"
    sys_version = ""

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Say what would be sent."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if (self.headers.get("Host") or "").partition(":")[0] not in _NAMES:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        try:
            path = urlsplit(self.path).path
            content = self.files.read(path)
        except (MediaError, ValueError):  # the second: a name that no file can have
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPES.get(_extension(path) if path != "/" else "html", "text/plain"))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as the library has it
        """Let a browser go that closes its connection in the middle, as browsers do; a bug shows its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(folder: Path, site: Site, port: int) -> Generator[tuple[str, ThreadingHTTPServer]]:
    """Open the *site* in *folder* at *port* of this machine, 0 for any that is free; give its address and the server.

    Raises `UsageError` where the port is taken.
    """
    handler = type("Handler", (_Handler,), {"files": _Files(folder, site)})
    try:
        server = _Server((HOST, port), handler)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror or error}"
        raise UsageError(message, hint="--port 0 takes one that is free") from error
    try:
        yield f"http://{HOST}:{server.server_port}/", server
    finally:
        server.server_close()


def _extension(path: str) -> str:
    return path.rpartition(".")[2].lower()
