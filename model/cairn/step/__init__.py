"""One quarter, stage by stage: what stands at its beginning, what each state decides, what follows when decisions meet.

`update_economy` changes leaders and markets; `decide` is one state's choice on the state as it then stands;
`resolve_decisions` lets the decisions meet, in this order: acts between states, the regional meeting, water, borders,
stocks, trust. No stage
reads what a later one wrote, so no state gains by its place in a list. The equations are in `cairn.rules`; here is
only which number goes where.
"""

from cairn.step.context import StepContext
from cairn.step.decisions import Decision, decide, stack_decisions, willingness_terms
from cairn.step.economy import update_economy
from cairn.step.interactions import resolve_decisions

__all__ = [
    "Decision",
    "StepContext",
    "decide",
    "resolve_decisions",
    "stack_decisions",
    "update_economy",
    "willingness_terms",
]
