"""Renew the picture of the interactive page: `python -m tests.renew_page_picture` writes .readme/dashboard.png."""

from tests.page import ROOT, Tab, browsing, served

QUERY = "?scenario=karimov_line"
HEIGHT = 900


def main() -> None:
    """Open the page with a what-if and take a screenshot."""
    with served("--members", "200") as (address, _), browsing() as browser:
        tab = Tab(browser, address, QUERY)
        tab.page.set_viewport_size({"width": 1280, "height": HEIGHT})
        tab.page.wait_for_timeout(500)
        tab.page.screenshot(path=ROOT / ".readme" / "dashboard.png")
        tab.close()


if __name__ == "__main__":
    main()
