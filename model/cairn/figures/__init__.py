"""Figures of a run, drawn from the dataset that `run` returns and the record in model/cairn/data.

    >>> list(FIGURES)
    ['integration', 'trade_region', 'trade_pairs', 'openness_trust', 'borders', 'toktogul', 'map', 'meetings']

`FIGURES[name](ds)` gives a matplotlib Figure; `draw_all(ds, folder)` writes all figures that the dataset has variables
for.
"""

from collections.abc import Callable
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from cairn.figures.delimitation_incidents import borders
from cairn.figures.integration import DIMENSIONS, integration
from cairn.figures.openness_trust import meetings, openness_trust
from cairn.figures.region_map import map_of_years
from cairn.figures.style import DOTS
from cairn.figures.toktogul import toktogul
from cairn.figures.trade_pairs import trade_pairs, trade_region
from cairn.support.atomic_write import atomic_write

FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {
    "integration": integration,
    "trade_region": trade_region,
    "trade_pairs": trade_pairs,
    "openness_trust": openness_trust,
    "borders": borders,
    "toktogul": toktogul,
    "map": map_of_years,
    "meetings": meetings,
}

VARIABLES = {  # that a figure needs
    "integration": ("integration_index", "integration_de_facto", *DIMENSIONS),
    "trade_region": ("trade_total_usd_bn",),
    "trade_pairs": ("pair_trade_usd_bn",),
    "openness_trust": ("openness", "trust_pair"),
    "borders": ("undelimited_share", "incidents", "deaths"),
    "toktogul": ("storage_km3", "release_km3"),
    "map": ("trust_pair", "pair_trade_usd_bn"),
    "meetings": ("meeting_held", "attended"),
}


def drawable(ds: xr.Dataset) -> list[str]:
    """Names of the figures that a dataset has all variables for."""
    return [name for name in FIGURES if set(VARIABLES[name]) <= set(ds.data_vars)]


def draw_all(ds: xr.Dataset, folder: str | Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write each figure that the dataset has variables for as `<name>.png`.

    Parameters
    ----------
    ds : the run
    folder : is created if needed
    progress : called after each figure with the number of figures done and the number of all

    Returns
    -------
    paths of the files
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = drawable(ds)
    written = []
    for name in names:
        written.append(write(FIGURES[name](ds), folder / f"{name}.png"))
        if progress is not None:
            progress(len(written), len(names))
    return written


def write(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG; the file appears under its name once it is complete."""
    with atomic_write(path) as part:
        figure.savefig(part, format="png", dpi=DOTS, metadata={"Software": "Cairn"})
    return path
