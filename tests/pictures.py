"""``python -m tests.pictures FOLDER``: a picture of the top of every page, as the README shows them.

Drawn from the published pages, so that a picture shows what the code of the day shows.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize

from hedge_widgets.pages.book import PAGES
from hedge_widgets.published.publish import publish
from hedge_widgets.resources import resource
from tests.chromium import launched

SIZE = ViewportSize(width=1280, height=860)
QUALITY = 70  # of a JPEG: text stays sharp, a picture has a tenth of a megabyte


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as site, launched() as browser:
        publish(Path(site), resource("notebooks"), [*PAGES])
        page = browser.new_page(viewport=SIZE)
        for _, notebook, _ in PAGES.values():
            stem = Path(notebook).stem
            page.goto((Path(site) / f"{stem}.html").as_uri())
            page.locator(".hw-plot .main-svg").first.wait_for()
            page.wait_for_timeout(1_000)  # what follows the first chart: texts, tables, other charts
            page.screenshot(path=folder / f"{stem}.jpg", type="jpeg", quality=QUALITY)
            print(folder / f"{stem}.jpg")


if __name__ == "__main__":
    main()
