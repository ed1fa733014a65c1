"""The live page, `run.py dashboard`: Mesa's SolaraViz with the worlds of Cairn. It fetches nothing from the network.

How it hangs together, for who changes it:

    choice.py     what a reader chose, and the link that says it
    changes.py    the what-if as the text of a scenario file; entries.py events and fields as the page lists them
    running.py    what a choice comes to: two scenarios that run, or the words for what is wrong
    live.py       the played worlds: one member of each arm, side by side in one Mesa model
    arms.py       many worlds of both arms in a thread, kept while they may be wanted again
    drawing.py    the map as plain data; looks.py its colours and widths
    charts.py     sheets, lines and fans as plain data; panels.py the charts there are; meetings.py who comes
    tables.py     the numbers of a year; country.py one state
    widgets.py    parts drawn in the browser, each with its template, *.vue; plain data goes in, events come out
    hooks.py      what goes on behind a tab: its worlds follow what is chosen
    layout.py     the sheet; controls.py its left side; page.py the page, many.py its lower half; server.py starts it

All but the last four lines know nothing of Solara and are tested without a browser. What stands on the page is a
`Choice`; every control makes another one; the reader of scenario files checks it, so words and numbers are those of
files. State lives with the tab, in Solara's reactive values, never in a module; what `arms` keeps is a pure function
of scenario, members and seed.
"""
