"""HTML pages that need no network: one base page, and templates that extend it.

    rendered("comparison.html.j2", title=..., ...)

gives a page as text. Values are escaped and figures are embedded in the page. The templates are in
`model/cairn/report/templates` and extend `page.html.j2`, which has the head, the style for screen and print, and the
footer.
"""

from __future__ import annotations

import base64
import functools
import io
import os
from typing import TYPE_CHECKING, Any

import jinja2

from cairn.support.atomic_write import write_text
from cairn.support.provenance import commit, package_version

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rendered(template: str, **values: Any) -> str:
    """A template with values filled in.

    Parameters
    ----------
    template : name of its file
    values : variables of the template; the base page needs `title`. `version` and `commit` are always defined

    Examples
    --------
    >>> page = rendered("page.html.j2", title="Dry <b>years</b>")
    >>> "<h1>Dry &lt;b&gt;years&lt;/b&gt;</h1>" in page
    True
    """
    return _templates().get_template(template).render(version=package_version(), commit=commit(), **values)


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("cairn.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def inline(figure: Figure) -> str:
    """A figure as the `src` of an `<img>`: the PNG as a data URL; the same figure gives the same bytes."""
    from cairn.figures.style import DOTS

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS, metadata={"Software": "Cairn"})
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def save(page: str, path: os.PathLike[str] | str) -> None:
    """Write a page; the file appears under its name once it is complete."""
    write_text(path, page)
