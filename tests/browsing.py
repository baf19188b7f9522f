"""Pages in a real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
REQUIRED = "INSTIT_CHROMIUM"
"""Set where tests must not be skipped for want of a browser."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and REQUIRED not in os.environ, reason="Chromium is not installed: apt-get install chromium"
)
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser():
    """A headless browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield launched
        launched.close()


class Visit:
    """A page that was opened, what it asked the network for, and what it complained of."""

    def __init__(self, chromium, path, *, width=1200, **context):
        self.asked, self.said = [], []
        self.page = chromium.new_context(viewport={"width": width, "height": 900}, **context).new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.goto(path if isinstance(path, str) else path.as_uri())

    def ask(self, script):
        return self.page.evaluate(script)
