"""One quarter, stage by stage: what comes before decisions, what each state decides, what follows when they meet.

`cairn.step.submodels` has the stages in their order. The equations are in `cairn.rules`; here is only which number goes
where.
"""
