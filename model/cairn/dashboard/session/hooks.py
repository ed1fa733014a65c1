"""What goes on behind the page of a tab: its worlds follow what is chosen, many of them in a thread of their own."""

from __future__ import annotations

from typing import Any

import solara
import solara.lab

from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.player import LiveWorld
from cairn.dashboard.session.request import Running
from cairn.support.text import one_line


def use_following(now: Running, live: solara.Reactive[LiveWorld]) -> None:
    """A changed scenario is played from where the old one stood; a closed tab stops playing."""
    first = solara.use_ref(True)

    def renew() -> None:
        if first.current:
            first.current = False
        else:
            live.value = replayed(live.peek(), live.peek().quarter)

    solara.use_effect(renew, [now.key])

    def rest() -> Any:
        def stop() -> None:
            live.peek().rest()

        return stop

    solara.use_effect(rest, [])


def replayed(old: LiveWorld, quarter: int) -> LiveWorld:
    """The same world under what stands on the page now, played to a quarter."""
    return LiveWorld(old.asked, old.first_member, quarter)


def use_worlds(now: Running) -> tuple[paired_arms.Both | None, float | None, str]:
    """The worlds of both arms, the last ones until the new ones are there; how far those are; what went wrong."""
    wanted: Any = solara.use_ref(now.key)
    wanted.current = now.key
    share = solara.use_reactive(0.0)

    def work() -> paired_arms.Both | None:
        share.value = 0.0
        try:
            return paired_arms.both(
                now.against, now.what_if, now.members, now.seed, lambda: wanted.current == now.key, share.set
            )
        except paired_arms.Superseded:
            return None

    def forget() -> Any:
        def stop() -> None:
            wanted.current = None

        return stop

    solara.use_effect(forget, [])
    task = solara.lab.use_task(work, dependencies=[now.key], raise_error=False)
    last: Any = solara.use_ref(None)
    if task.finished and task.value is not None:
        last.current = task.value
    failed = f"the worlds did not run to the end: {one_line(repr(task.exception))}" if task.error else ""
    return last.current, share.value if task.pending else None, failed
