"""One quarter, stage by stage: what stands at its beginning, what each state decides, what follows when decisions meet.

`begin` changes leaders and markets; `decide` is one state's choice on the state as it then stands; `resolve` lets the
decisions meet, in this order: acts between states, the regional meeting, water, borders, stocks, trust. No stage
reads what a later one wrote, so no state gains by its place in a list. The equations are in `cairn.rules`; here is
only which number goes where.
"""

from cairn.step.context import Scene
from cairn.step.decisions import Decision, decide, together, why_willing
from cairn.step.economy import begin
from cairn.step.interactions import resolve

__all__ = ["Decision", "Scene", "begin", "decide", "resolve", "together", "why_willing"]
