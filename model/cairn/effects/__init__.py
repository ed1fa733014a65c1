"""Effects of scenarios for readers: which to show, in sentences and tables, winners and losers."""
