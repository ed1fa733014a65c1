"""Response times of the page: `python -m tests.bench_page` prints them. Machines are noisy: nothing is asserted."""

import time

from cairn.core.calendar import FIRST_YEAR
from tests.page import Tab, browsing, served

MEMBERS = 200


def main() -> None:
    """Open the page, switch two events off, play for some seconds."""
    with served("--members", str(MEMBERS)) as (address, _), browsing() as browser:
        began = time.monotonic()
        tab = Tab(browser, address)
        print(f"opened, answer and charts of {MEMBERS} members drawn: {time.monotonic() - began:.1f} s")
        for name in ("uzb_succession_2016", "c5plus1"):
            switch, before = tab.event(name), tab.text(".cairn-answer .summary")
            began = time.monotonic()
            switch.uncheck()
            tab.wait_for_change(".cairn-answer .summary", before)
            print(f"{name} switched off, {MEMBERS} members computed: {time.monotonic() - began:.1f} s")
        tab.ready()
        tab.advanced()
        tab.page.get_by_text("▶").click()
        tab.wait_for_quarter(lambda played: played > "1992Q1")
        begin, began = quarter(tab.quarter), time.monotonic()
        tab.page.wait_for_timeout(5000)
        played, seconds = quarter(tab.quarter) - begin, time.monotonic() - began
        print(f"played with two maps: {played / seconds:.1f} quarters/s")
        tab.close()


def quarter(name: str) -> int:
    """Number of a quarter: 1992Q1 is 0, the start is -1."""
    return (int(name[:4]) - FIRST_YEAR) * 4 + int(name[-1]) - 1 if "Q" in name else -1


if __name__ == "__main__":
    main()
