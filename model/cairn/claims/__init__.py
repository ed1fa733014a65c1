"""The claims of an article on Central Asia, put to the test one by one.

`claims.yaml` has each claim with its test, what would support or contradict it, and the outside evidence; it was
written before any test was run. `arms` makes the worlds that are compared, `worlds` runs them on the same luck,
`trials` measure, `verdicts` holds the rules that turn a result into a verdict, `record` holds what the record alone
says, and `court` puts it together. `run.py claims` prints and writes it all.
"""
