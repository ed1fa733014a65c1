"""Earthquakes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cairn import register_event, register_measure
from cairn.events import InstantEvent
from cairn.events.base import Country, quantity


@register_event
class Earthquake(InstantEvent):
    """Income falls by a share in one quarter."""

    type: Literal["earthquake"] = "earthquake"
    writes: ClassVar[tuple[str, ...]] = ("gdp_usd_bn",)
    country: Country = Field(description="where")
    loss: Annotated[float, quantity("share", 0, 0.5)] = Field(description="share of income lost")

    def apply(self, state, context):
        i, gdp = context.geography.index(self.country), state.trade.gdp_usd_bn
        return state.replace(gdp_usd_bn=context.put(gdp, (1 - self.loss) * gdp[i], i))


@register_measure("income_share", ("country",), "1", "share of the region's income", annual="last")
def income_share(model):
    return model.state.trade.gdp_usd_bn / model.state.trade.gdp_usd_bn.sum(axis=0)
