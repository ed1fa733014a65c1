"""The interactive page in a real browser, without network."""

import os
import re
from pathlib import Path

import pytest

from cairn.scenario.scenario import Scenario, ScenarioError
from tests.page import Tab, a_free_port, browsing, chromium, served

SUMMARY, OFF = ".cairn-answer .summary", "?events.uzb_succession_2016=off"
TITLE = ".cairn-answer .what"

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


def test_the_page_opens_on_an_answer_without_computing(browser):
    with served() as (address, _):  # the number of members for which an answer ships
        tab = Tab(browser, address)
        assert "2040 the integration index is" in tab.text(SUMMARY)
        assert tab.text(".status-line [role=status]").startswith("200 members")
        for selector in (SUMMARY, "figure[data-outcome=integration_index] .plot", ".cairn-map svg", ".cairn-stories"):
            box = tab.page.locator(selector).first.bounding_box()
            assert box and box["y"] + box["height"] <= 900 and box["x"] + box["width"] <= 1280, selector
        assert "2025; median of 200 members" in tab.text(".cairn-map figcaption")
        everything = tab.page.locator("body").inner_text()
        assert "not yet in office" not in everything and "beginning" not in everything
        tab.close()


def test_an_event_switched_off_changes_the_results_and_the_address(tab):
    before = tab.text(SUMMARY)
    tab.event("uzb_succession_2016").uncheck()
    after = tab.wait_for_change(SUMMARY, before)
    assert "lower" in after or "higher" in after
    tab.page.wait_for_url("**events.uzb_succession_2016=off**")
    assert tab.page.locator(".cairn-map").count() == 3, "the map of a year, and two of the member that can be played"
    assert "Mirziyoyev succeeds Karimov: off" in tab.text(TITLE)
    tab.event("uzb_succession_2016").check()
    assert tab.wait_for_change(SUMMARY, after) == before


def test_a_story_card_leads_to_its_answer_and_can_be_undone_and_redone(tab):
    page, before = tab.page, tab.text(SUMMARY)
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.get_by_role("button", name="Rogun is late").click()
    after = tab.wait_for_change(SUMMARY, before)
    tab.ready()
    assert "winter power" in after and "Rogun" in tab.text("h1")
    assert page.get_by_label("Outcome").input_value() == "winter_deficit_gwh[TJK]"
    page.wait_for_url("**scenario=rogun_late**outcome=winter_deficit_gwh**")
    page.get_by_role("button", name="Undo").click()
    assert tab.wait_for_change(SUMMARY, after) == before
    page.wait_for_function("!window.location.search.includes('rogun_late')")
    page.get_by_role("button", name="Redo").click()
    assert tab.wait_for_change(SUMMARY, before) == after
    page.go_back()
    assert tab.wait_for_change(SUMMARY, after) == before, "the browser's own button does the same"
    page.go_forward()
    tab.wait_for_change(SUMMARY, before)
    page.get_by_role("button", name="Reset").click()
    assert tab.wait_for_change(SUMMARY, after) == before
    page.wait_for_function("!window.location.search.includes('scenario')")


def test_scenarios_are_ticked_together_and_found_by_words(tab):
    page, before = tab.page, tab.text(SUMMARY)
    page.locator(".cairn-stories summary").click()
    page.get_by_label("Find a scenario").fill("rogun")
    page.locator("#scenario-rogun_late").check()
    tab.wait_for_change(SUMMARY, before)
    page.get_by_label("Find a scenario").fill("drought")
    page.locator("#scenario-megadrought_2031").check()
    page.wait_for_url("**scenario=rogun_late%2Bmegadrought_2031**")
    page.get_by_text("What if this happens together").first.wait_for()
    page.get_by_label("Find a scenario").fill("unicorn")
    assert "No scenario has" in tab.text(".cairn-stories .nothing")


def test_events_are_searched_by_words_and_an_empty_search_says_so(tab):
    page = tab.page
    page.get_by_label("Find an event").fill("winter")
    page.locator(".cairn-event-list li", has_text="cuts Tajikistan off the common power grid").wait_for()
    assert page.locator(".cairn-event-list h4").all_inner_texts()[0] == "Water and power"
    page.get_by_label("Find an event").fill("mirziyoyev")
    assert page.locator(".cairn-event-list li").count() >= 1
    page.get_by_label("Find an event").fill("unicorn")
    assert "No event has" in tab.text(".cairn-event-list .nothing")


def test_three_what_ifs_are_pinned_and_compared(browser, address):
    tab = Tab(browser, address, "?horizon.last=2032&events.c5plus1=off")
    page = tab.page
    for n, name in enumerate(("uzb_succession_2016", "cis_1991", "rogun"), start=1):
        page.get_by_role("button", name="Pin this what-if").click()
        page.wait_for_function(f"window.location.search.includes('pin{n}=')")
        tab.ready()
        if n < 3:
            tab.event(name).uncheck()
            page.wait_for_function(f"window.location.search.includes('events.{name}=off')")
            tab.ready()
    page.get_by_role("heading", name="Pinned what-ifs compared").wait_for()
    pins = page.locator(".cairn-table", has_text="Pin A")
    assert pins.locator("tbody tr").count() == 5
    assert {"pin A", "pin B", "pin C"} <= set(page.locator(".cairn-chart .key").first.inner_text().split("\n"))
    page.get_by_role("button", name="Remove pin A").click()
    page.wait_for_function("!window.location.search.includes('pin3=')")
    tab.ready()
    assert pins.locator("tbody tr").count() == 4
    tab.close()


def test_old_numbers_are_greyed_while_new_ones_are_computed(browser):
    with served("--members", "300") as (address, _):
        tab = Tab(browser, address)
        before = tab.text(SUMMARY)
        tab.page.get_by_role("button", name="Tashkent closes again").click()
        tab.page.locator("main .stale").wait_for()
        tab.page.locator(".cairn-answer .stale").wait_for()
        assert tab.text(SUMMARY) == before
        assert "belong to the previous settings" in tab.text(".status-line [role=status]")
        tab.ready()
        assert tab.text(SUMMARY) != before and tab.page.locator(".stale").count() == 0
        tab.close()


def test_a_chart_is_hovered_read_as_a_table_and_downloaded(tab, tmp_path):
    page, chart = tab.page, tab.page.locator("main .cairn-chart").first
    chart.locator(".plot").hover()
    text = chart.locator(".values").inner_text()
    assert re.fullmatch(r"\d{4}: baseline 0\.\d\d \(0\.\d\d to 0\.\d\d\)", text), text
    chart.locator(".plot").focus()
    page.mouse.move(1, 1)
    page.keyboard.press("ArrowRight")
    assert chart.locator(".values").inner_text().startswith("2040: ")
    files = {}
    for kind in ("CSV", "SVG", "PNG"):
        with page.expect_download() as download:
            chart.get_by_role("button", name=kind).click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    rows = files["CSV"].read_text().splitlines()
    assert files["CSV"].name == "integration_index.csv" and rows[0].startswith("year,series,unit") and len(rows) == 50
    svg = files["SVG"].read_text()
    assert svg.startswith("<svg") and "Integration index" in svg and "12 members" in svg and "stroke:rgb" in svg
    assert files["PNG"].read_bytes()[:4] == b"\x89PNG"
    last = float(rows[-1].split(",")[5])
    chart.get_by_role("button", name="Table").click()
    assert chart.locator("tbody tr").last.inner_text().split()[:2] == ["2040", f"{last:.2f}"]


def test_the_map_shows_one_possible_world_and_says_which(tab):
    page, caption = tab.page, ".cairn-map figcaption"
    before = tab.text(caption)
    for world in ("best", "worst", "nearest", "typical"):
        page.get_by_label("Map shows").select_option(world)
        before = tab.wait_for_change(caption, before)
        assert "one possible world" in before and re.search(r"member \d+", before)
    page.wait_for_url("**world=typical**")
    page.get_by_label("Map shows").select_option("random")
    tab.wait_for_change(caption, before)
    page.wait_for_url("**world=member**")
    drawn = re.search(r"member \d+", tab.text(caption)).group()
    page.reload()
    tab.ready()
    assert drawn in tab.text(caption), "the link says which member it is"


def test_the_dial_says_which_conclusions_flip(browser, address):
    tab = Tab(browser, address, "?scenario=uzbek_reversal_2030&horizon.last=2032")
    tab.page.get_by_role("button", name="Compute under other codings of the leaders").click()
    tab.page.locator(".flips").wait_for()
    assert "flip" in tab.text(".flips")
    tab.close()


def test_the_page_reloads_itself_after_the_server_was_restarted(browser):
    port = str(a_free_port())
    with served("--members", "4", port=port) as (address, _):
        tab = Tab(browser, address, OFF)
        summary = tab.text(SUMMARY)
        tab.page.evaluate("window.isOld = true")
    with served("--members", "4", port=port):
        tab.page.wait_for_function("!window.isOld", timeout=60_000)
        tab.ready()
        assert tab.text(SUMMARY) == summary
        tab.errors.clear()  # of the connection that broke
        tab.close()


def test_a_narrow_window_has_the_answer_first_and_folded_levers(browser, address):
    tab = Tab(browser, address, OFF, width=390)
    assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    answer, fold = (tab.page.locator(s).first.bounding_box() for s in (SUMMARY, ".cairn-sidebar summary"))
    assert answer["y"] < 200 and answer["y"] < fold["y"]
    assert not tab.page.get_by_role("button", name="Rogun is late").is_visible()
    tab.page.get_by_text("Change the scenario").click()
    tab.page.get_by_role("button", name="Rogun is late").wait_for()
    tab.close()


def test_a_print_has_the_result_and_no_controls(browser, address):
    tab = Tab(browser, address, OFF)
    tab.page.emulate_media(media="print")
    assert not tab.page.locator(".cairn-sidebar").is_visible()
    assert tab.page.locator(SUMMARY).is_visible() and tab.page.locator(".cairn-map").first.is_visible()
    tab.close()


def test_the_dark_theme_has_a_dark_map(tab):
    sea = "getComputedStyle(document.querySelector('.cairn-map .sea')).fill"
    light = tab.page.evaluate(sea)
    if tab.page.locator(".theme--dark.v-application").count() == 0:
        tab.page.locator(".cairn-bar button").click()
        tab.page.locator(".theme--dark.v-application").wait_for()
    if tab.page.evaluate(sea) == light:  # the first of the three settings follows the system
        tab.page.locator(".cairn-bar button").click()
    tab.page.wait_for_function(f"{sea} === 'rgb(22, 25, 28)'")


def test_twenty_quarters_are_played_and_paused_and_reset(tab):
    page = tab.page
    tab.advanced()
    assert tab.quarter == "1992Q1"
    page.get_by_text("Step", exact=True).click()
    tab.wait_for_quarter(lambda quarter: quarter == "1992Q2")
    page.get_by_text("▶").click()
    tab.wait_for_quarter(lambda quarter: quarter >= "1997Q1")
    page.get_by_text("❚❚").click()
    page.get_by_text("▶").wait_for()
    page.wait_for_timeout(700)  # a quarter may still be computed
    paused_at = tab.quarter
    page.wait_for_timeout(500)
    assert tab.quarter == paused_at >= "1997Q1"
    assert page.locator(".cairn-chart .member").count() >= 1
    page.get_by_role("complementary").get_by_text("Reset", exact=True).click()
    tab.wait_for_quarter(lambda quarter: quarter == "1992Q1")


def test_quick_changes_while_it_plays_end_in_the_last_of_them(browser, address, tab):
    tab.advanced()
    tab.page.get_by_text("▶").click()
    tab.event("uzb_succession_2016").uncheck()
    tab.event("c5plus1").uncheck()
    again = tab.event("uzb_succession_2016")
    tab.page.wait_for_function("document.getElementById('on-uzb_succession_2016')?.checked === false")
    again.check()
    tab.page.wait_for_url("**/?events.c5plus1=off**")
    before = tab.quarter
    tab.wait_for_quarter(lambda quarter: quarter > before)
    tab.page.get_by_text("❚❚").click()
    tab.ready()
    fresh = Tab(browser, address, "?events.c5plus1=off")
    assert fresh.text(SUMMARY) == tab.text(SUMMARY)
    fresh.close()


def test_a_scenario_is_saved_as_a_file_that_passes_and_is_loaded_again(browser, address, tmp_path):
    one = Tab(browser, address, OFF + "&events.qosh_tepa_canal.intake_km3=12.5")
    with one.page.expect_download() as download:
        one.page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    saved = Scenario.load(file)
    assert "uzb_succession_2016" not in saved.events and saved.events["qosh_tepa_canal"].intake_km3 == 12.5
    summary, title = one.text(SUMMARY), one.text(TITLE)
    one.close()
    other = Tab(browser, address)
    other.page.get_by_label("Load a file").set_input_files(file)
    assert other.wait_for_change(SUMMARY, other.text(SUMMARY)) == summary
    assert other.text(TITLE) == title
    other.close()


def test_two_tabs_and_a_reload_keep_what_each_shows(browser, address):
    one = Tab(browser, address, OFF + "&quarter=2010Q1&country=TJK")
    other = Tab(browser, address)
    assert one.quarter == "2010Q1"
    summary = one.text(SUMMARY)
    one.page.locator("summary", has_text="Advanced:").click()
    one.page.get_by_text("Step", exact=True).click()
    one.wait_for_quarter(lambda quarter: quarter == "2010Q2")
    one.page.wait_for_url("**quarter=2010Q2**")
    map_of_it = one.page.locator(".cairn-map svg").nth(1).inner_html()
    one.page.reload()
    one.ready()
    assert (one.quarter, one.text(SUMMARY)) == ("2010Q2", summary)
    assert one.page.locator(".cairn-map svg").nth(1).inner_html() == map_of_it
    assert other.text(TITLE) != one.text(TITLE)
    other.close()
    one.close()


def test_nothing_is_wider_than_the_window(browser, address):
    tab = Tab(browser, address, OFF, width=800)
    for width in (800, 1280):
        tab.page.set_viewport_size({"width": width, "height": 900})
        wide = tab.page.evaluate(
            "[...document.querySelectorAll('.cairn, .cairn > *, .cairn svg, .cairn-answer, aside > *')]"
            ".filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).length"
        )
        assert wide == 0, width
        assert tab.page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth"), width
    tab.close()


def test_a_country_is_selected_by_keyboard_alone(tab):
    page = tab.page
    page.locator("body").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the result
    assert page.evaluate("document.activeElement.closest('main') !== null")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.country") == "TJK":
            break
    page.keyboard.press("Enter")
    page.locator(".country.selected[data-country=TJK]").first.wait_for()
    page.wait_for_url("**country=TJK**")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.locator(".country.selected[data-country=KGZ]").first.wait_for()
    tab.advanced()
    page.get_by_role("heading", name="Kyrgyzstan").wait_for()
    assert page.get_by_text("Akayev, since before 1992").count() == 1


def test_every_control_has_a_name_and_every_id_is_unique(tab):
    tab.page.get_by_role("button", name="Qosh Tepa canal is built").click()
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
    tab.page.get_by_label("Canal finished").last.fill("2035-13")
    tab.page.keyboard.press("Enter")
    tab.page.locator(".cairn-answer .errors").wait_for()
    file = tmp_path / "what_if.yaml"
    file.write_text("extends: baseline\nevents:\n  qosh_tepa_canal:\n    finish: 2035-13\n")
    with pytest.raises(ScenarioError) as of_a_file:
        Scenario.load(file)
    message = re.sub(r"^.*?:\d+:\d+: ", "", str(of_a_file.value))
    assert message in tab.text(".cairn-answer .errors")
    assert message in tab.text(".cairn-field-group .error")
    assert tab.text(SUMMARY) == before


def test_a_scenario_and_a_member_are_selected_and_a_bad_file_is_refused(tab, tmp_path):
    page = tab.page
    page.get_by_role("button", name="Karimov’s course goes on").click()
    page.locator(TITLE, has_text="Karimov's course continues").wait_for()
    page.wait_for_url("**scenario=karimov_line**")
    bad = tmp_path / "bad.yaml"
    bad.write_text("extends: baseline\nevents:\n  c5plsu1: off\n")
    page.get_by_label("Load a file").set_input_files(bad)
    page.locator(".cairn-answer .errors").wait_for()
    assert "bad.yaml:3:3: events.c5plsu1" in tab.text(".cairn-answer .errors") and "'c5plus1'" in tab.text(
        ".cairn-answer .errors"
    )
    assert page.locator(TITLE, has_text="Karimov's course continues").is_visible()
    tab.advanced()
    page.get_by_role("slider", name="Member").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("complementary").get_by_text("Reset", exact=True).click()
    page.get_by_role("heading", name="One member in detail: member 1").wait_for()
    page.wait_for_url("**member=1**")


def test_a_link_is_copied_and_a_slider_moves_a_date(tab):
    tab.page.get_by_label("Mirziyoyev succeeds Karimov, slider").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_url("**events.uzb_succession_2016.date=**")
    tab.page.get_by_role("button", name="Copy link").click()
    tab.page.get_by_text("Link copied.").wait_for()


def test_a_link_with_errors_gets_messages(browser, address):
    tab = Tab(browser, address, "?scenario=/etc/passwd&against=baselin&quarter=soon&events.rogun.mw=<b>x</b>")
    messages = tab.text(".cairn-answer .errors")
    assert (
        "did you mean 'baseline'" in messages and "1992Q1..2040Q4" in messages and "the name of a scenario" in messages
    )
    assert tab.page.locator(".cairn-answer .errors b").count() == 1
    tab.close()


def test_the_picture_for_readers_is_small():
    assert (Path(__file__).parent.parent / ".readme" / "dashboard.png").stat().st_size < 300_000
