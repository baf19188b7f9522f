"""Times ``view`` and what a browser then needs, and writes ``viewing.md``: needs Chromium and Playwright.

Two sites: a thousand records with pictures and masks, and ten thousand records of text. Each page is opened
from the disk in a new window; times are those that the browser itself gives, from the moment the page was asked for.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from run import TOOL

_HERE = Path(__file__).parent
_SITES = {
    "1,000 records, pictures and masks": (500, ["--masks", "--media"]),
    "10,000 records, text alone": (5000, []),
}
_WATCH = """
window.seen = {};
new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (each.element?.tagName === "IMG") seen.picture ??= each.renderTime;
}).observe({type: "largest-contentful-paint", buffered: true});
new MutationObserver(() => {
    if (document.documentElement?.dataset.ready) seen.ready ??= performance.now();
}).observe(document, {subtree: true, attributes: true, childList: true});
"""
_SEARCH = """async word => {
    const [field, count] = ["q", "count"].map(id => document.getElementById(id));
    const before = count.textContent, begun = performance.now();
    field.value = word;
    field.dispatchEvent(new Event("input"));
    while (count.textContent === before) await new Promise(done => setTimeout(done, 1));
    return performance.now() - begun;
}"""


def main() -> None:
    """Make each site, open it, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the records")
    parser.add_argument("--rounds", type=int, default=5, help="times that each page is opened")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="instit-bench-") as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for number, (name, (each, options)) in enumerate(_SITES.items()):
            data, site = Path(folder) / f"data-{number}", Path(folder) / f"site-{number}"
            count = str(max(1, round(each * given.scale)))
            making = [*TOOL, "-q", "synth", str(data), "--videos", count, "--images", count, *options]
            subprocess.run(making, check=True, stdout=subprocess.DEVNULL)
            rows.append(_row(name, _built(data, site), _opened(chromium, site, given.rounds)))
            print(rows[-1], flush=True)
        chromium.close()
    (_HERE / "viewing.md").write_text(_told(given.scale, rows), encoding="utf-8")


def _built(data: Path, site: Path) -> dict[str, Any]:
    """Build a site; give what it says of itself, and the seconds of all processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [*TOOL, "-q", "view", str(data), "-o", str(site), "--json"]
    told = subprocess.run(command, check=True, capture_output=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    pieces = sum(path.stat().st_size for path in (site / "data").glob("cards-*.js"))
    files = sum(path.is_file() for path in site.rglob("*"))
    return json.loads(told) | {"seconds": after.ru_utime - before.ru_utime, "cards": pieces, "files": files}


def _opened(chromium: Browser, site: Path, rounds: int) -> dict[str, float]:
    """Open the gallery so many times; give the medians in milliseconds."""
    found: dict[str, list[float]] = {"paint": [], "picture": [], "ready": [], "first": [], "second": []}
    for _ in range(rounds):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto((site / "index.html").as_uri())
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(500)
        seen = page.evaluate("window.seen")
        found["paint"].append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        found["ready"].append(seen["ready"])
        if "picture" in seen:
            found["picture"].append(seen["picture"])
        found["first"].append(page.evaluate(_SEARCH, "turquoise"))
        found["second"].append(page.evaluate(_SEARCH, "red heart"))
        context.close()
    return {name: statistics.median(times) for name, times in found.items() if times}


def _row(name: str, built: dict[str, Any], opened: dict[str, float]) -> str:
    picture = f"{opened['picture']:.0f}" if "picture" in opened else "-"
    times = [f"{opened[name]:.0f}" for name in ("ready", "first", "second")]
    cells = [
        name,
        f"{built['seconds']:.0f} s",
        f"{built['files']:,}",
        f"{built['bytes'] / 1e6:.0f} MB",
        f"{built['cards'] / 1e3:,.0f} kB",
        f"{opened['paint']:.0f}",
        picture,
        *times,
    ]
    return f"| {' | '.join(cells)} |"


def _told(scale: float, rows: list[str]) -> str:
    share = "" if scale == 1 else f" At {scale:g} of the records."
    load, cores = os.getloadavg()[1], f"{os.cpu_count()} cores ({platform.machine()})"
    return "\n".join(
        [
            "# `view`",
            "",
            f"Written by `python benchmarks/viewing.py` on {cores}, load {load:.0f}.{share}",
            "Seconds are those of processors, together; times of the gallery are medians in milliseconds in headless",
            "Chromium, from the disk: first paint, first picture painted, search ready, a search that loads its part",
            "of the index, a search of two words.",
            "",
            "| site | build | files | size | data of all cards | paint | picture | ready | search | two words |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
