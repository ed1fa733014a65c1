"""People and capital: visits between two states, and direct investment of each in the other. Outputs only.

Nothing in the model depends on them. Both follow the same idea: the geometric mean of two incomes, times how open the
way is, times what a common border adds.

===========  ==========================  ============  =========
symbol       name                        unit          shape
===========  ==========================  ============  =========
V            visits, one direction       mn/yr         (C, C, M)
K            direct investment, stock    bn USD        (C, C, M)
Y            income                      bn USD/yr     (C, M)
O, W         openness, persons, goods    0..1          (C, C, M)
A            stock of agreements         0..1          (C, C, M)
===========  ==========================  ============  =========
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import as_own, as_partner
from cairn.core.variables import Array, Param

REFERENCE_KM = 1000.0  # distance at which the scale of visits is stated


def visits(
    real_gdp: Array,
    openness: Array,
    distance_km: Array,
    neighbours: Array,
    others: Array,
    *,
    visit_scale: Param,
    visit_distance_elasticity: Param,
    visit_openness_elasticity: Param,
    visit_border_gain: Param,
) -> Array:
    """Visits of citizens of i to j in a year.

        V_ij = v sqrt(Y_i Y_j) (d_ij / 1000 km)^-b O_ij^k exp(g N_ij)

    Visas, cut links and closures act through openness for persons. It is symmetric: the figures on record show no
    effect of which of the two is richer.

    Parameters
    ----------
    real_gdp : (C, M), bn USD of 2015 a year, Y
    openness : (C, C, M), 0..1, for persons, O
    distance_km : (C, C, 1), km, d
    neighbours : (C, C, 1), whether two states share a border, N
    others : (C, C, 1), whether two states are different
    visit_scale : mn visits per bn USD, v
    visit_distance_elasticity, visit_openness_elasticity : log/log, b and k
    visit_border_gain : log, g

    Returns
    -------
    (C, C, M), million a year

    Source
    ------
    Gravity of travel: Neumayer 2010. Elasticity of one half to each income: Assumed, so that visits grow in proportion
    to both. Numbers: least squares on `record_visitors.csv`, `cairn.calibration.people_fit`.
    """
    far = np.where(others, distance_km, REFERENCE_KM) / REFERENCE_KM
    incomes = np.sqrt(as_own(real_gdp) * as_partner(real_gdp))
    reach = far**-visit_distance_elasticity * np.exp(visit_border_gain * neighbours)
    return visit_scale * incomes * reach * openness**visit_openness_elasticity * others


def investment(
    gdp: Array,
    transit_openness: Array,
    agreement: Array,
    neighbours: Array,
    others: Array,
    *,
    investment_scale: Param,
    investment_border_gain: Param,
) -> Array:
    """Stock of direct investment of two states in each other: K_ij = s sqrt(Y_i Y_j) W_ij A_ij exp(g N_ij).

    Parameters
    ----------
    gdp : (C, M), bn USD a year, Y
    transit_openness : (C, C, M), 0..1, for goods, W
    agreement : (C, C, M), 0..1, A
    neighbours : (C, C, 1), whether two states share a border, N
    others : (C, C, 1), whether two states are different
    investment_scale : yr, s
    investment_border_gain : log, g

    Returns
    -------
    (C, C, M), bn USD, both directions together, symmetric

    Source
    ------
    Gravity of direct investment: Head and Ries 2008. Proportion to openness and agreements: Assumed. Numbers: least
    squares on `record_investment.csv`, `cairn.calibration.people_fit`.
    """
    incomes = np.sqrt(as_own(gdp) * as_partner(gdp))
    return (
        investment_scale * incomes * transit_openness * agreement * np.exp(investment_border_gain * neighbours) * others
    )
