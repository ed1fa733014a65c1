"""Effects of scenarios for readers: which to show, tables in text and CSV, winners and losers among the countries."""
