"""The layout of the page: a bar at the top, cards at the left, the main content beside them.

Solara uses the `Layout` of the page's module in place of its own, whose sidebar covers the page in a narrow window.
Cards reach the sidebar through Solara's portals from every `solara.Sidebar`, those of Mesa included.
"""

from __future__ import annotations

from typing import Any

import solara
from solara.components.applayout import appbar_portal, apptitle_portal, sidebar_portal

from cairn.dashboard.widgets import SkipLink

STYLE = """
.cairn-layout { display: grid; grid-template: auto 1fr / 350px minmax(0, 1fr); min-height: 100vh; }
.cairn-bar { grid-column: 1 / -1; display: flex; align-items: center; gap: 16px; padding: 6px 16px; background: #12507b;
  color: #ffffff; font-size: 19px; position: sticky; top: 0; z-index: 5; }
.cairn-bar > :first-child { flex: 1; }
.cairn-bar .v-icon { color: #ffffff !important; }
.cairn-sidebar { border-right: 1px solid rgba(128, 128, 128, 0.35); padding: 4px 8px 24px; position: sticky; top: 48px;
  height: calc(100vh - 48px); overflow-y: auto; min-width: 0; }
.cairn-sidebar .v-card { margin: 8px 0 !important; }
.cairn-sidebar .v-card__title { padding: 8px 12px 0; font-size: 17px; }
.cairn-sidebar .v-card__text { padding: 4px 12px 10px; }
.cairn-sidebar .v-card > .v-card__text, .cairn-sidebar .v-sheet { min-width: 0; max-width: 100%; }
.cairn-main { min-width: 0; padding: 0 12px; }
.cairn { max-width: 1500px; padding-bottom: 24px; }
.cairn h2 { font-size: 20px; margin: 14px 0 4px; }
.cairn h3 { font-size: 15px; margin: 12px 0 2px; }
.cairn .side-by-side { --min-width: 330px; }
.cairn .columns { --min-width: 225px; }
.cairn .side-by-side, .cairn .columns { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, var(--min-width)), 1fr)); }
.cairn .cairn-map { max-width: 640px; }
.cairn .cairn-chart { max-width: 400px; }
.cairn .errors { border-left: 4px solid #b00020; padding: 4px 10px; margin: 8px 0; overflow-wrap: anywhere; }
.cairn .summary { font-size: 17px; margin: 8px 0 2px; }
.cairn .note { font-size: 13px; opacity: 0.85; margin: 2px 0; }
button:focus-visible, a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid #0b57d0; outline-offset: 1px; }
@media (max-width: 1000px) { .cairn-layout { grid-template-columns: 290px minmax(0, 1fr); } }
@media (max-width: 640px) {
  .cairn-layout { grid-template-columns: minmax(0, 1fr); }
  .cairn-sidebar { position: static; height: auto; border-right: none; }
}
"""


@solara.component
def Layout(children: list[Any] = []) -> None:  # noqa: B006, the default that Solara expects
    """Lay out the page."""
    bar, title, cards = appbar_portal.use_portal(), apptitle_portal.use_portal(), sidebar_portal.use_portal()
    solara.Style(STYLE)
    SkipLink()
    with solara.Div(classes=["cairn-layout"]):
        with solara.v.Html(tag="header", class_="cairn-bar"):
            solara.Div(children=title)
            solara.Div(children=bar)
        solara.v.Html(tag="aside", class_="cairn-sidebar", children=cards, attributes={"aria-label": "controls"})
        solara.v.Html(tag="main", class_="cairn-main", children=children)
