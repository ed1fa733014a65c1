"""The interactive page, `run.py dashboard`: the answer, levers, results, and Mesa's SolaraViz. It needs no network.

Files, from the data to the page:

    session/            what one browser tab holds
      url_state.py      PageState: what the page shows, and the link that describes it
      outcome_menu.py   the outcomes that can be shown, in groups, with names and units in words
      stories.py        story cards: what-ifs with the outcome and the year to look at
      edits.py          the what-if scenario as the text of a scenario file
      event_list.py     events and their fields, as the page lists them
      request.py        RunRequest: the scenarios to run, or the errors
      player.py         PlayerModel: one member of each scenario, which Mesa's controls play
      paired_arms.py    PairedArms: all members of all scenarios, with a cache
      first_answer.py   the result of the baseline that ships with the page
      hooks.py          player and ensemble follow the page state; the ensemble runs in a thread
    views/              results as plain data
      answer_text.py    the answer in sentences, pinned what-ifs side by side, the choice of one member for the map
      dial.py           answers under other codings of the leaders
      encodings.py      colours, dashes and widths of the map; map_data.py: the map
      charts.py         plots and their numbers; ensemble_charts.py: all charts; attendance_chart.py: meetings
      year_tables.py    the results of one year; country_panel.py: one country of the member shown
      ensemble_panel.py chart, map, tables of all members
    templates/          *.vue, drawn in the browser: plain data in, events out
    widgets.py          the Python side of the templates
    controls.py         the cards at the left; layout.py: the layout; page.py: the page
    server.py           starts the server

Only hooks, ensemble_panel, widgets, controls, layout, page and server need Solara; all else is tested without a
browser. Every control makes a new `PageState`, and the reader of scenario files checks it, so that the page and files
give the same messages. State belongs to a tab, in Solara's reactive values, never to a module. The cache of
`paired_arms` is shared by all tabs: its entries depend on scenario, members and seed alone.
"""
