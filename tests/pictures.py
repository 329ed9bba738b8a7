"""Takes the pictures of the README from a running demonstration: `make demo` in one terminal, `python -m tests.pictures` in another."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def main() -> None:
    """Write desk.png and event.png."""
    FOLDER.mkdir(exist_ok=True)
    desk = f"http://127.0.0.1:{os.environ.get('SHIAN_DESK_PORT', '8000')}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(desk)
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "desk.png")
        page.click('a[href^="/events/"]')
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "event.png")
        browser.close()


if __name__ == "__main__":
    main()
