"""Photographs of pages, for looking at: `python -m tests.web.photograph FOLDER [ADDRESS…]`.

Without an address the specimen is served and photographed. Each page at 1440 and 390 pixels, by day and
by night.
"""

import os
import shutil
import sys
from pathlib import Path

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]


def photograph(browser, address, folder, name, *, themes=("light", "dark"), sizes=SIZES):
    """Keep `name-wide-light.png` and so on in the folder; returns the files."""
    kept = []
    for size in sizes:
        width, height = SIZES[size]
        phone = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2} if size == "phone" else {}
        for theme in themes:
            view = {"width": width, "height": height}
            context = browser.new_context(viewport=view, color_scheme=theme, locale="en-GB", **phone)
            page = context.new_page()
            answer = page.goto(address, wait_until="networkidle")
            if answer.status >= 500:
                raise RuntimeError(f"{address} answered {answer.status}; there is nothing to photograph.")
            file = Path(folder) / f"{name}-{size}-{theme}.png"
            page.screenshot(path=file, full_page=True)
            kept.append(file)
            context.close()
    return kept


def main(folder, *addresses):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    from tests.web.serving import served

    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, served() as home:
        program = os.environ.get("WINNOW_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        pages = addresses or (f"{home}/look/", f"{home}/look/room/")
        for address in pages:
            name = "-".join(part for part in address.split("?")[0].split("/")[3:] if part) or "start"
            for file in photograph(browser, address, folder, name):
                print(file)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
