"""The interactive page in a real browser, without network."""

import os
import re
from pathlib import Path

import pytest

from cairn.scenario.scenario import Scenario, ScenarioError
from tests.page import Tab, browsing, chromium, served

SUMMARY, OFF = ".cairn .summary", "?events.uzb_succession_2016=off"

pytestmark = pytest.mark.skipif(
    chromium() is None and not os.environ.get("CI"), reason="no chromium; `apt-get install chromium` brings it"
)


@pytest.fixture(scope="module")
def address():
    with served("--members", "12") as (address, server):
        yield address
    assert server.returncode == 130, "Ctrl-C ends the page as it ends other commands"


@pytest.fixture(scope="module")
def browser():
    with browsing() as browser:
        yield browser


@pytest.fixture
def tab(browser, address):
    tab = Tab(browser, address)
    yield tab
    tab.close()


def test_an_event_switched_off_changes_the_results_and_the_address(tab):
    before = tab.text(SUMMARY)
    tab.event("uzb_succession_2016").uncheck()
    after = tab.wait_for_change(SUMMARY, before)
    assert "what-if minus baseline" in after
    tab.page.wait_for_url("**events.uzb_succession_2016=off**")
    assert tab.page.locator(".cairn-map").count() == 2
    tab.event("uzb_succession_2016").check()
    assert tab.wait_for_change(SUMMARY, after) == before


def test_twenty_quarters_are_played_and_paused_and_reset(tab):
    page = tab.page
    page.get_by_text("Step", exact=True).click()
    tab.wait_for_change(".cairn-slider output", "start")
    assert tab.quarter == "1992Q1"
    page.get_by_text("▶").click()
    page.wait_for_function("document.querySelector('.cairn-slider output').innerText >= '1997Q1'")
    page.get_by_text("❚❚").click()
    page.get_by_text("▶").wait_for()
    page.wait_for_timeout(700)  # a quarter may still be computed
    paused_at = tab.quarter
    page.wait_for_timeout(500)
    assert tab.quarter == paused_at >= "1997Q1"
    assert page.locator(".cairn-chart .member").count() >= 2
    page.get_by_text("Reset", exact=True).click()
    tab.wait_for_change(".cairn-slider output", paused_at)
    assert tab.quarter == "start"


def test_quick_changes_while_it_plays_end_in_the_last_of_them(browser, address, tab):
    tab.page.get_by_text("▶").click()
    tab.event("uzb_succession_2016").uncheck()
    tab.event("c5plus1").uncheck()
    again = tab.event("uzb_succession_2016")
    tab.page.wait_for_function("document.getElementById('on-uzb_succession_2016')?.checked === false")
    again.check()
    tab.page.wait_for_url("**/?events.c5plus1=off**")
    before = tab.quarter
    tab.page.wait_for_function("was => document.querySelector('.cairn-slider output').innerText > was", arg=before)
    tab.page.get_by_text("❚❚").click()
    tab.ready()
    fresh = Tab(browser, address, "?events.c5plus1=off")
    assert fresh.text(SUMMARY) == tab.text(SUMMARY) and "what-if minus baseline" in fresh.text(SUMMARY)
    fresh.close()


def test_a_scenario_is_saved_as_a_file_that_passes_and_is_loaded_again(browser, address, tmp_path):
    one = Tab(browser, address, OFF + "&events.qosh_tepa_canal.intake_km3=12.5")
    with one.page.expect_download() as download:
        one.page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    saved = Scenario.load(file)
    assert "uzb_succession_2016" not in saved.events and saved.events["qosh_tepa_canal"].intake_km3 == 12.5
    summary, title = one.text(SUMMARY), one.text(".cairn h2")
    one.close()
    other = Tab(browser, address)
    other.page.get_by_label("Load a file").set_input_files(file)
    assert other.wait_for_change(SUMMARY, other.text(SUMMARY)) == summary
    assert other.text(".cairn h2") == title
    other.close()


def test_two_tabs_and_a_reload_keep_what_each_shows(browser, address):
    one = Tab(browser, address, OFF + "&quarter=2010Q1&country=TJK")
    other = Tab(browser, address)
    assert (one.quarter, other.quarter) == ("2010Q1", "start")
    summary = one.text(SUMMARY)
    one.page.get_by_text("Step", exact=True).click()
    one.wait_for_change(".cairn-slider output", "2010Q1")
    one.page.wait_for_url("**quarter=2010Q2**")
    map_of_it = one.page.locator(".cairn-map svg").first.inner_html()
    one.page.reload()
    one.ready()
    assert (one.quarter, one.text(SUMMARY)) == ("2010Q2", summary)
    assert one.page.locator(".cairn-map svg").first.inner_html() == map_of_it
    assert other.quarter == "start" and "minus" not in other.text(SUMMARY)
    other.close()
    one.close()


def test_nothing_is_wider_than_the_window(browser, address):
    tab = Tab(browser, address, OFF, width=800)
    for width in (800, 1280):
        tab.page.set_viewport_size({"width": width, "height": 900})
        wide = tab.page.evaluate(
            "[...document.querySelectorAll('.cairn, .cairn > *, .cairn svg, aside > *')]"
            ".filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).length"
        )
        assert wide == 0, width
        assert tab.page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth"), width
    tab.close()


def test_a_country_is_selected_by_keyboard_alone(tab):
    page = tab.page
    page.locator("body").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to main content
    assert page.evaluate("document.activeElement.type") == "range"
    for _ in range(3):  # Kazakhstan, Kyrgyzstan, Tajikistan
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.country") == "TJK"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Tajikistan").wait_for()
    assert "Rahmon" in tab.text(".cairn-table") or "not set before" in tab.text(".cairn-table")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.get_by_role("heading", name="Kyrgyzstan").wait_for()


def test_every_control_has_a_name_and_every_id_is_unique(tab):
    tab.page.get_by_role("button", name="edit qosh_tepa_canal").click()
    tab.page.get_by_label("lined", exact=False).first.wait_for()
    tab.page.wait_for_function("document.querySelector('.cairn-bar button').ariaLabel")
    unnamed = tab.page.evaluate(
        "[...document.querySelectorAll('main input, aside input, select, button, a, [role=button], [role=slider]')]"
        ".filter(e => !(e.labels?.length || e.ariaLabel || e.getAttribute('aria-labelledby') || e.textContent.trim()))"
        ".map(e => e.outerHTML)"
    )
    assert unnamed == []
    ids = tab.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids)) and tab.page.evaluate("document.documentElement.lang") == "en"


def test_a_bad_value_gets_the_message_of_a_file_and_the_results_stay(tab, tmp_path):
    before = tab.text(SUMMARY)
    tab.page.get_by_label("qosh_tepa_canal finish").last.fill("2035-13")
    tab.page.keyboard.press("Enter")
    tab.page.locator(".cairn .errors").wait_for()
    file = tmp_path / "what_if.yaml"
    file.write_text("extends: baseline\nevents:\n  qosh_tepa_canal:\n    finish: 2035-13\n")
    with pytest.raises(ScenarioError) as of_a_file:
        Scenario.load(file)
    message = re.sub(r"^.*?:\d+:\d+: ", "", str(of_a_file.value))
    assert message in tab.text(".cairn .errors")
    assert message in tab.text(".cairn-field-group .error")
    assert tab.text(SUMMARY) == before


def test_a_scenario_and_a_member_are_selected_and_a_bad_file_is_refused(tab, tmp_path):
    page = tab.page
    page.get_by_label("What-if based on").select_option("karimov_line")
    page.get_by_role("heading", name="Karimov's course continues").wait_for()
    page.wait_for_url("**scenario=karimov_line**")
    bad = tmp_path / "bad.yaml"
    bad.write_text("extends: baseline\nevents:\n  c5plsu1: off\n")
    page.get_by_label("Load a file").set_input_files(bad)
    page.locator(".cairn .errors").wait_for()
    assert "bad.yaml:3:3: events.c5plsu1" in tab.text(".cairn .errors") and "'c5plus1'" in tab.text(".cairn .errors")
    assert page.get_by_role("heading", name="Karimov's course continues").is_visible()
    page.get_by_role("slider", name="Member").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Reset", exact=True).click()
    page.get_by_role("heading", name="One member in detail: member 1").wait_for()
    page.wait_for_url("**member=1**")


def test_a_link_is_copied_and_a_slider_moves_a_date(tab):
    tab.page.get_by_label("uzb_succession_2016 date, slider").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_url("**events.uzb_succession_2016.date=**")
    tab.page.get_by_role("button", name="Copy link").click()
    tab.page.get_by_text("Link copied.").wait_for()


def test_a_link_with_errors_gets_messages(browser, address):
    tab = Tab(browser, address, "?scenario=/etc/passwd&against=baselin&quarter=soon&events.rogun.mw=<b>x</b>")
    messages = tab.text(".cairn .errors")
    assert (
        "did you mean 'baseline'" in messages and "1992Q1..2040Q4" in messages and "the name of a scenario" in messages
    )
    assert tab.page.locator(".cairn .errors b").count() == 1
    tab.close()


def test_the_picture_for_readers_is_small():
    assert (Path(__file__).parent.parent / ".readme" / "dashboard.png").stat().st_size < 300_000
