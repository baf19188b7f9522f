"""A place for objects as users have one: moto's server of S3, a process of its own, and a proxy that may misbehave."""

import http.client
import itertools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=someone/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=whatever"
)
_SETTINGS = re.compile(r"^(AWS|HF|S3|FSSPEC)_|_proxy$|_PROXY$")
_NUMBERS = itertools.count(1)


class Server:
    """An S3 server on loopback."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None):
        """Send one request that looks signed, which is all that this server wants."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, quote(path, safe="/?="), body=body, headers={"Authorization": _SIGNED})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, (method, path, answer.status, content)
        return content

    def bucket(self):
        """Make a new bucket."""
        bucket = Bucket(self, f"bucket-{os.getpid()}-{next(_NUMBERS)}")
        self.ask("PUT", f"/{bucket.name}")
        return bucket


class Bucket:
    """One bucket, and the environment in which a command finds it."""

    def __init__(self, server, name):
        self.server, self.name = server, name

    def put(self, key, content):
        """Store *content*, bytes or the path of a file; give its address."""
        body = content if isinstance(content, bytes) else content.read_bytes()
        self.server.ask("PUT", f"/{self.name}/{key}", body)
        return self.at(key)

    def put_folder(self, folder, key=""):
        """Store the files of *folder* below *key*; give the address."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put("/".join(filter(None, (key, path.relative_to(folder).as_posix()))), path)
        return self.at(key)

    def at(self, key=""):
        """Give an address."""
        return f"s3://{self.name}/{key}".rstrip("/")


def environment(url, **changes):
    """What a command needs to find the server at *url*, and nothing that the machine has set up for other places."""
    clean = {name: value for name, value in os.environ.items() if not _SETTINGS.search(name)}
    found = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "s3cr3t",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return {name: value for name, value in {**clean, **found, **changes}.items() if value is not None}


@contextmanager
def serving(**settings):
    """Run a server until the block ends; it chooses its port and says which."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | settings,
    )
    try:
        said = next(line for line in process.stderr if "Running on" in line)
        draining = threading.Thread(target=process.stderr.read)  # or a full pipe would stop it
        draining.start()
        yield Server(int(re.search(r":(\d+)\s*$", said.strip())[1]))
        process.kill()
        draining.join()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="session")
def server():
    """One server for all tests of a worker."""
    with serving() as running:
        yield running


@pytest.fixture
def bucket(server):
    """A bucket that nobody else uses."""
    return server.bucket()


class Proxy:
    """Stands between a command and the server: *asked* is what passed, and *before* and *answer* may change it."""

    def __init__(self, server):
        self.asked = []
        self.before = lambda: None
        self.answer = lambda status, headers, body: (status, headers, body)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                outer.before()
                outer.asked.append((self.command, self.path, self.headers.get("Range")))
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length)
                if len(content) < length:  # who asked is dead, and the server would wait for the rest
                    self.close_connection = True
                    return
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, self.path, content, headers)
                answer = connection.getresponse()
                body = answer.read()
                connection.close()
                kept = {
                    name: value
                    for name, value in answer.getheaders()
                    if name.lower() not in {"connection", "transfer-encoding", "date", "server"}
                }
                if self.command != "HEAD":
                    kept = {name: value for name, value in kept.items() if name.lower() != "content-length"}
                    kept["Content-Length"] = str(len(body))
                status, kept, body = outer.answer(answer.status, kept, body)
                self.send_response_only(status)
                for name, value in kept.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = len(body) != int(kept.get("Content-Length", 0)) and self.command != "HEAD"

            do_GET = do_HEAD = do_PUT = do_POST = handle_any  # noqa: N815  # as the base calls them

            def log_message(self, *_):
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def got(self, key):
        """List the ranges of the requests for the content of *key*."""
        return [found for method, path, found in self.asked if method == "GET" and path.partition("?")[0].endswith(key)]

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture
def proxy(server):
    """A proxy before the server."""
    with Proxy(server).running() as running:
        yield running
