"""A server that speaks OpenAI's protocol for chat, answers as a function of what is asked, and misbehaves when told to.

As a context manager in a test, or by hand: ``python tests/judges.py --port 8000 --failing 0.1``.
"""

import argparse
import hashlib
import json
import signal
import socket
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["KINDS", "MIXED", "Judge", "asked", "chosen", "score"]

PATIENCE = 60
"""Seconds after which what is held is let go, whatever happens."""
HUGE = 3 << 30


def asked(request):
    """Name the question in *request*: the last text in it, which is all that differs between questions."""
    texts = [
        part["text"]
        for message in request["messages"]
        for part in ([{"text": message["content"]}] if isinstance(message["content"], str) else message["content"])
        if "text" in part
    ]
    return texts[-1] if texts else ""


def score(request):
    """Answer as a judge: 0 to 1 in steps of 0.1, from the sha256 of all that is asked."""
    digest = hashlib.sha256(json.dumps(request["messages"], sort_keys=True).encode()).digest()
    return json.dumps({"sample_score": digest[0] % 11 / 10})


def chosen(request):
    """Answer as a model that is asked to choose: a letter, and how many pictures it was shown."""
    parts = [part for message in request["messages"] for part in message["content"] if isinstance(part, dict)]
    pictures = [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]
    letter = "ABCD"[hashlib.sha256(json.dumps(pictures).encode() + asked(request).encode()).digest()[0] % 4]
    return f"{letter} ({len(pictures)} pictures)"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        judge = self.server.judge
        if len(body) < size:  # the client was killed while it asked
            self.close_connection = True
            return
        if not self.path.endswith("/chat/completions"):
            self.say(404, {"detail": "Not Found"})
            return
        self.request_body = json.loads(body)
        self.question = asked(self.request_body)
        with judge.going(self):
            kind = judge.kind(self.question, self.request_body)
            try:
                if kind is None:
                    self.whole()
                else:
                    KINDS[kind](self)
            except OSError:  # the client has gone
                self.close_connection = True

    def do_GET(self):
        """What a POST becomes that was sent elsewhere by a redirect of the old kind."""
        self.say(405, {"detail": "Method Not Allowed"})

    def whole(self, **changes):
        """Answer as one should, but for *changes*."""
        text = changes.pop("content", None)
        content = self.server.judge.answer(self.request_body) if text is None else text
        self.say(200, completion(self.request_body, content, **changes))
        self.server.judge.note("answered", self.question)

    def say(self, status, tree, headers=None):
        body = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
        self.send({"Content-Type": "application/json", **(headers or {})}, body, status=status)

    def send(self, headers, body, *, status=200, length=None):
        """Send all in one piece: two would wait for each other for 40 ms."""
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('Unknown',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body) if length is None else length}", "", ""]
        self.wfile.write("\r\n".join(lines).encode() + body)

    def log_message(self, *_):
        """Stay silent."""


def completion(request, content, *, finish="stop", usage=True, refusal=None):
    """A chat completion as OpenAI and vLLM write it."""
    text = json.dumps(request["messages"])
    message = {"role": "assistant", "content": None if refusal else content, "refusal": refusal}
    tokens = {"prompt_tokens": len(text) // 4, "completion_tokens": 8, "total_tokens": len(text) // 4 + 8}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": request["model"],
        "system_fingerprint": "fp_local",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        **({"usage": tokens if usage is True else usage} if usage else {}),
    }


def _error(status, message, *, headers=None, **others):
    def say(handler):
        handler.say(status, {"error": {"message": message, "type": "error", "param": None, **others}}, headers)

    return say


def _content(text, **changes):
    return lambda handler: handler.whole(content=text, **changes)


def _body(body, kind="application/json"):
    return lambda handler: handler.send({"Content-Type": kind}, body)


def _cut(handler):
    """Promise more than is sent, and hang up."""
    body = json.dumps(completion(handler.request_body, score(handler.request_body))).encode()
    handler.send({"Content-Type": "application/json"}, body[:60], length=len(body))
    handler.close_connection = True


def _dropped(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _slow(handler):
    """Say nothing until the test is over."""
    handler.server.judge.over.wait(PATIENCE)
    handler.close_connection = True


def _drip(handler):
    """Send a byte now and then: never so long silent that reading it would time out."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not handler.server.judge.over.wait(0.05):
        handler.wfile.write(b"1\r\n \r\n")
    handler.close_connection = True


def _huge(handler):
    """Send 3 GB, as long as somebody takes them."""
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {HUGE}\r\n\r\n".encode())
    for _ in range(HUGE >> 20):
        handler.wfile.write(b" " * (1 << 20))
        handler.server.judge.taken += 1 << 20
    handler.close_connection = True


def _echo(handler):
    """Say in an error what must stay secret, where a long sentence is cut."""
    said = handler.headers["Authorization"]
    handler.say(500, {"error": {"message": f"{'x' * 260} headers: {said}"}})


def _echoed_in_words(handler):
    """Say in an answer what must stay secret."""
    handler.whole(content=f"I was asked with {handler.headers['Authorization']}")


def _refused(handler):
    _error(401, f"Incorrect API key provided: {handler.headers['Authorization'].removeprefix('Bearer ')}.")(handler)


def _redirect(status):
    def say(handler):
        there = handler.server.judge.elsewhere
        handler.send({"Location": f"{there}/chat/completions"}, b"", status=status)

    return say


_PACE = "Rate limit reached for requests"
KINDS = {
    "429": _error(429, _PACE),
    "429 with wait": _error(429, _PACE, headers={"Retry-After": "0.01"}),
    "429 with a day": _error(429, _PACE, headers={"Retry-After": "86400"}),
    "429 with a date": _error(429, _PACE, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "500": _error(500, "The server had an error"),
    "503": _error(503, "The engine is currently overloaded"),
    "no reason": lambda handler: handler.send({}, b"", status=502),
    "half a character": lambda handler: handler.say(500, b'{"error": {"message": "broken \\ud800 text"}}'),
    "slow": _slow,
    "drip": _drip,
    "huge": _huge,
    "malformed": _body(b'{"choices": [{"message": {"content": '),
    "html": _body(b"<!DOCTYPE html><html><body>It works!</body></html>", "text/html"),
    "no utf-8": _body(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "error with 200": _body(b'{"error": {"message": "upstream is down", "code": 502}}'),
    "deep": _body(b"[" * 100_000),
    "cut": _cut,
    "dropped": _dropped,
    "no choices": lambda handler: handler.say(200, completion(handler.request_body, "") | {"choices": []}),
    "refusal": _content("", refusal="I cannot help with that."),
    "filtered": _content("", finish="content_filter"),
    "length": _content('{"sample_score": 0.', finish="length"),
    "7": _content('{"sample_score": 7}'),
    "-0.1": _content('{"sample_score": -0.1}'),
    "NaN": _content('{"sample_score": NaN}'),
    "endless": _content('{"sample_score": 1' + "0" * 1000 + "}"),
    "string": _content('{"sample_score": "0.7"}'),
    "word": _content('{"sample_score": "good"}'),
    "true": _content('{"sample_score": true}'),
    "around": _content('Here is my grade:\n```json\n{"sample_score": 0.7}\n```\nI hope it helps.'),
    "number": _content("Score: 0.7"),
    "prose": _content("I would say it is mostly right."),
    "silent": _content(""),
    "no usage": lambda handler: handler.whole(usage=False),
    "odd usage": lambda handler: handler.whole(usage={"prompt_tokens": -5, "completion_tokens": "8"}),
    "401": _refused,
    "402": _error(402, "Insufficient Balance"),
    "403": _error(403, "You are not allowed to sample from this model"),
    "404": _error(404, "The model `gpt-4o-2024-08-06` does not exist.", code="model_not_found"),
    "400": _error(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."),
    "too long": _error(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
    "no credit": _error(429, "You exceeded your current quota.", code="insufficient_quota"),
    "echo": _echo,
    "echo in words": _echoed_in_words,
    "301": _redirect(301),
    "307": _redirect(307),
}
"""What may come instead of an answer, by name."""

MIXED = (
    "429",
    "429 with wait",
    "500",
    "503",
    "malformed",
    "html",
    "cut",
    "dropped",
    "no choices",
    "length",
    "7",
    "prose",
)
"""Failures that pass: the same question, asked again, is answered."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        """Take it as usual that clients go without a word; everything else is a bug here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Server6(_Server):
    address_family = socket.AF_INET6


class Judge:
    """The server, from ``with`` on; what it saw is in *received*, *answered* (whole), *bodies*, *headers*, *most*.

    *script* is a sequence of kinds by arrival (``None`` is a right answer, as is all after its end), or a function of
    the question and how often it came before. *failing* is a share of calls that fail instead, each question's first
    ones, in kinds that *MIXED* holds. *answer* makes the text of an answer from the request.
    """

    def __init__(self, script=(), *, answer=score, failing=0.0, port=0, host="127.0.0.1"):
        self.answer, self.failing, self.elsewhere = answer, failing, ""
        self.script = script if callable(script) else None
        self.sequence = None if callable(script) else iter(script)
        self.received, self.answered = Counter(), Counter()
        self.bodies, self.headers, self.times = [], [], []
        self.now = self.most = self.taken = 0
        self.over, self.lock = threading.Event(), threading.Lock()
        self.reached = threading.Condition(self.lock)
        self.server = (_Server6 if ":" in host else _Server)((host, port), _Handler)
        self.server.judge = self
        self.host = f"[{host}]" if ":" in host else host

    @property
    def url(self):
        return f"http://{self.host}:{self.server.server_port}/v1"

    @property
    def calls(self):
        return self.received.total()

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def going(self, handler):
        return _Going(self, handler)

    def note(self, where, question):
        with self.reached:
            getattr(self, where)[question] += 1
            self.reached.notify_all()

    def until(self, calls, *, answered=False):
        """Wait until so many calls came in, or were answered."""
        counts = self.answered if answered else self.received
        with self.reached:
            assert self.reached.wait_for(lambda: counts.total() >= calls, PATIENCE)

    def kind(self, question, request):
        with self.lock:
            before = self.received[question] - 1
            if self.script:
                return self.script(question, before)
            kind = next(self.sequence, None)
        if kind is None and self.failing:
            digest = hashlib.sha256(f"{before} {question}".encode()).digest()
            if int.from_bytes(digest[:4], "big") < self.failing * 2**32:
                return MIXED[digest[4] % len(MIXED)]
        return kind


class _Going:
    """A call that is being answered."""

    def __init__(self, judge, handler):
        self.judge, self.handler = judge, handler

    def __enter__(self):
        judge = self.judge
        with judge.reached:
            judge.received[self.handler.question] += 1
            judge.bodies.append(self.handler.request_body)
            judge.headers.append({name.lower(): value for name, value in self.handler.headers.items()})
            judge.times.append(time.monotonic())
            judge.now += 1
            judge.most = max(judge.most, judge.now)
            judge.reached.notify_all()

    def __exit__(self, *_):
        with self.judge.lock:
            self.judge.now -= 1


def main():
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--failing", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--answers", choices=["score", "choice"], default="score")
    parser.add_argument("--always", choices=[*KINDS], help="every call ends so", metavar="KIND")
    given = parser.parse_args()
    script = (lambda _question, _before: given.always) if given.always else ()
    answer = {"score": score, "choice": chosen}[given.answers]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off for what it starts with &
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Judge(script, answer=answer, failing=given.failing, port=given.port) as judge:
        sys.stderr.write(f"listening at {judge.url}\n")
        try:
            judge.thread.join()
        except KeyboardInterrupt:
            counts = judge.calls, len(judge.received), judge.answered.total()
            sys.stderr.write("\n{} calls, {} questions, {} answered\n".format(*counts))


if __name__ == "__main__":
    main()
