"""Takes the pictures of ``view`` that the README shows: ``python docs/shoot.py``, with Chromium installed."""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import instit_tools as it

_HERE = Path(__file__).with_name("view")
_SHOTS = {
    "gallery": ("index.html", "", (1280, 800), "light"),
    "record": ("records/video-000018.html", "#t4", (1280, 860), "dark"),
    "phone": ("records/video-000018.html", "#t4", (390, 760), "light"),
}
_READY = "html[data-ready]"


def main() -> None:
    """Make the data and the site, and take the pictures."""
    _HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data, site = Path(folder) / "data", Path(folder) / "site"
        it.synth(data, videos=60, images=60, masks=True, media=True)
        for path in data.glob("*.json"):  # the videos first
            path.rename(path.with_name(path.name.replace("made_up_video", "a_made_up_video")))
        it.view(data, site, workers=2)
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in _SHOTS:
            _shoot(chromium, site, name)
        chromium.close()


def _shoot(chromium: Browser, site: Path, name: str) -> None:
    path, fragment, (width, height), scheme = _SHOTS[name]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{(site / path).as_uri()}{fragment}")
    page.wait_for_selector(_READY)
    if fragment:
        page.locator(".legend .chip").nth(1).click()
        page.mouse.move(0, 0)
    page.wait_for_function("() => [...document.images].every(each => each.loading === 'lazy' || each.complete)")
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").save(_HERE / f"{name}.webp", quality=86, method=6)
    context.close()


if __name__ == "__main__":
    main()
