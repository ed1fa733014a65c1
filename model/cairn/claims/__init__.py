"""The claims of an article on Central Asia, each tested by an experiment with the model and compared with observations.

`claims.yaml` has each claim with its test, what would support or contradict it, and the evidence outside the model; it
was written before any test was run. `experiments` defines and runs the arms of the experiments, `claim_tests` measures
effects, `verdicts` has the rules that turn an effect into a verdict, `record_verdicts` has what the observations alone
say, and `evaluation` combines them. `run.py claims` prints and writes the results.
"""
