"""How fast the page answers: `python -m tests.bench_page` prints it. Machines are noisy, so nothing is asserted."""

import time

from cairn.core.calendar import FIRST_YEAR
from tests.page import Tab, browsing, served

MEMBERS = 200


def main() -> None:
    """Open, toggle twice, play for some seconds."""
    with served("--members", str(MEMBERS)) as (address, _), browsing() as browser:
        began = time.monotonic()
        tab = Tab(browser, address)
        print(f"opened, {MEMBERS} worlds drawn: {time.monotonic() - began:.1f} s")
        for name in ("uzb_succession_2016", "c5plus1"):
            switch, before = tab.event(name), tab.text(".cairn .answer")
            began = time.monotonic()
            switch.uncheck()
            tab.changes(".cairn .answer", before)
            print(f"{name} switched off, {MEMBERS} worlds answered: {time.monotonic() - began:.1f} s")
        tab.ready()
        tab.page.get_by_text("▶").click()
        tab.changes(".cairn-slider output", tab.quarter)
        begin, began = quarter(tab.quarter), time.monotonic()
        tab.page.wait_for_timeout(5000)
        done, took = quarter(tab.quarter) - begin, time.monotonic() - began
        print(f"played with two maps: {done / took:.1f} quarters/s")
        tab.close()


def quarter(name: str) -> int:
    """1992Q1 is 0; the beginning comes before it."""
    return (int(name[:4]) - FIRST_YEAR) * 4 + int(name[-1]) - 1 if "Q" in name else -1


if __name__ == "__main__":
    main()
