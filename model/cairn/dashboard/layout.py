"""The layout of the page: a bar at the top, the answer below it, levers at the left, the results beside them.

Solara uses the `Layout` of the page's module in place of its own, whose sidebar covers the page in a narrow window. The
answer and the levers reach their places through portals, as Mesa's own cards do: those are placed under "Advanced". In
a narrow window the answer comes first, then the folded levers, then the results.
"""

from __future__ import annotations

from typing import Any

import solara
from solara.components.applayout import ElementPortal, appbar_portal, apptitle_portal, sidebar_portal

from cairn.dashboard.widgets import SkipLink, text_element

answer_portal, lever_portal = ElementPortal(), ElementPortal()

STYLE = """
.cairn-layout { display: grid; grid-template: "bar bar" auto "side answer" auto "side main" 1fr / 340px minmax(0, 1fr);
  min-height: 100vh; }
.cairn-bar { grid-area: bar; display: flex; align-items: center; gap: 16px; padding: 4px 16px; background: #12507b;
  color: #ffffff; font-size: 18px; position: sticky; top: 0; z-index: 5; }
.cairn-bar > :first-child { flex: 1; }
.cairn-bar .v-icon { color: #ffffff !important; }
.cairn-answer { grid-area: answer; min-width: 0; padding: 6px 16px 0; max-width: 1500px; }
.cairn-answer p, .cairn p { margin: 2px 0; }
.cairn-answer .status-line { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 18px; margin: 4px 0; }
.cairn-answer h1 { font-size: 21px; line-height: 1.25; margin: 4px 0 2px; }
.cairn-answer p.summary { font-size: 16px; font-weight: 600; margin: 4px 0; }
.cairn-answer .more { font-size: 14px; }
.cairn-sidebar { grid-area: side; border-right: 1px solid rgba(128, 128, 128, 0.35); padding: 4px 8px 24px;
  position: sticky; top: 44px; height: calc(100vh - 44px); overflow-y: auto; min-width: 0; }
.cairn-sidebar summary.fold { cursor: pointer; font-weight: 600; padding: 6px 4px; }
.cairn-sidebar .v-card { margin: 6px 0 !important; }
.cairn-sidebar .v-card__title { padding: 6px 12px 0; font-size: 16px; }
.cairn-sidebar .v-card__text { padding: 4px 12px 10px; }
.cairn-sidebar .v-card > .v-card__text, .cairn-sidebar .v-sheet { min-width: 0; max-width: 100%; }
.cairn-main { grid-area: main; min-width: 0; padding: 0 16px; }
.cairn { max-width: 1500px; padding-bottom: 24px; }
.cairn h2 { font-size: 18px; margin: 14px 0 4px; }
.cairn h3 { font-size: 15px; margin: 12px 0 2px; }
.cairn .side-by-side { --min-width: 330px; }
.cairn .columns { --min-width: 250px; }
.cairn .side-by-side, .cairn .columns { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, var(--min-width)), 1fr)); }
.cairn .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; }
.cairn .cairn-map { max-width: 640px; }
.cairn .columns .cairn-chart { max-width: 430px; }
.cairn summary { cursor: pointer; }
.cairn summary.fold { font-size: 16px; font-weight: 600; margin: 12px 0 4px; }
.errors { border-left: 4px solid #b00020; padding: 4px 10px; margin: 8px 0; overflow-wrap: anywhere; }
.note { font-size: 13px; opacity: 0.9; margin: 2px 0; }
.stale { opacity: 0.4; filter: grayscale(1); }
.cairn .flips { font-weight: 700; }
.row-of-buttons { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
button:focus-visible, a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid #0b57d0; outline-offset: 1px; }
@media (max-width: 1000px) { .cairn-layout { grid-template-columns: 280px minmax(0, 1fr); } }
@media (max-width: 640px) {
  html, body { overflow-x: hidden; }
  .cairn-layout { grid-template: "bar" auto "answer" auto "side" auto "main" 1fr / minmax(0, 1fr); }
  .cairn-sidebar { position: static; height: auto; border-right: none; }
  .cairn-answer, .cairn-main { padding-left: 10px; padding-right: 10px; }
}
@media print {
  .cairn-layout { display: block; }
  .cairn-bar { position: static; }
  .cairn-sidebar, .cairn-bar button, .v-navigation-drawer { display: none !important; }
  .cairn-chart, .cairn-map, .cairn-table { break-inside: avoid; }
}
"""


@solara.component
def AnswerArea(children: list[Any] = []) -> None:  # noqa: B006, the default that Solara expects
    """Puts its children above the results."""
    answer_portal.use_portal_add(children, 0)


@solara.component
def LeverArea(children: list[Any] = []) -> None:  # noqa: B006
    """Puts its children at the left."""
    lever_portal.use_portal_add(children, 0)


@solara.component
def Layout(children: list[Any] = []) -> None:  # noqa: B006
    """Lay out the page."""
    bar, title, advanced = appbar_portal.use_portal(), apptitle_portal.use_portal(), sidebar_portal.use_portal()
    answer, levers = answer_portal.use_portal(), lever_portal.use_portal()
    solara.Style(STYLE)
    SkipLink()
    with solara.Div(classes=["cairn-layout"]):
        with solara.v.Html(tag="header", class_="cairn-bar"):
            solara.Div(children=title)
            solara.Div(children=bar)
        solara.v.Html(tag="section", class_="cairn-answer", children=answer, attributes={"aria-label": "answer"})
        with (
            solara.v.Html(tag="aside", class_="cairn-sidebar", attributes={"aria-label": "controls"}),
            solara.v.Html(tag="details", class_="cairn-fold", attributes={"open": ""}),
        ):
            text_element("summary", "Change the scenario", "fold")
            solara.Div(children=levers)
            with solara.v.Html(tag="details"):
                text_element("summary", "Advanced: play quarter by quarter, members, parameters", "fold")
                solara.Div(children=advanced)
        solara.v.Html(tag="main", class_="cairn-main", children=children)
