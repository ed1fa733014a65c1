"""One quarter, stage by stage: what stands at its beginning, what each state decides, what follows when decisions meet.

`begin` changes leaders and markets; `decide` is one state's choice on the state as it then stands; `resolve` lets the
decisions meet, in this order: acts between states, the regional meeting, water, borders, stocks, trust. No stage
reads what a later one wrote, so no state gains by its place in a list. The equations are in `model/rules`; here is
only which number goes where.
"""

from model.quarter.after import resolve
from model.quarter.before import begin
from model.quarter.choices import Decision, decide, together, why_willing
from model.quarter.scene import Scene

__all__ = ["Decision", "Scene", "begin", "decide", "resolve", "together", "why_willing"]
