"""Just enough of the Hugging Face Hub to read one dataset from: its name, its folders, its files."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = unquote(self.path.partition("?")[0])
        if "/resolve/main/" in path:
            self.file(self.server.files.get(path.partition("/resolve/main/")[2]))
        elif "/tree/main" in path:
            self.say(self.listing(path.partition("/tree/main")[2].strip("/")))
        elif path.startswith("/api/datasets/o/n"):
            self.say({"id": "o/n", "sha": "a" * 40, "private": False, "downloads": 0, "tags": [], "siblings": []})
        else:
            self.say({"error": "not found"}, 404)

    def listing(self, folder):
        start = f"{folder}/" if folder else ""
        inside = {name: content for name, content in self.server.files.items() if name.startswith(start)}
        entries = {}
        for name, content in inside.items():
            first, slash, _ = name.removeprefix(start).partition("/")
            path = start + first
            entries[path] = {"type": "directory", "path": path, "oid": "1" * 40, "size": 0}
            if not slash:
                entries[path] |= {"type": "file", "size": len(content)}
        return list(entries.values())

    def file(self, content):
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        piece = content[int(first) : int(last) + 1]
        where = f"bytes {first}-{int(first) + len(piece) - 1}/{len(content)}"
        self.answer(piece, 206, {"Content-Range": where, "Content-Type": "application/octet-stream"})

    def say(self, found, status=200):
        self.answer(json.dumps(found).encode(), status, {"Content-Type": "application/json"})

    def answer(self, body, status, headers):
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay silent."""


@contextmanager
def hub(files):
    """Serve the dataset ``o/n`` with *files*, contents by name; give the endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.files = files
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
