"""Background work of one browser tab: its player and its ensemble follow the page state; the ensemble has a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
import solara.lab

from cairn.dashboard.session.first_answer import first_answer
from cairn.dashboard.session.paired_arms import PairedArms, Superseded, run_paired_arms
from cairn.dashboard.session.player import PlayerModel
from cairn.dashboard.session.request import RunRequest
from cairn.support.text import one_line


def use_player_updates(request: RunRequest, player: solara.Reactive[PlayerModel]) -> None:
    """Replay the new scenarios to the same quarter after an edit, and stop playing when the tab is closed."""
    is_first = solara.use_ref(True)

    def renew() -> None:
        if is_first.current:
            is_first.current = False
        else:
            player.value = replay(player.peek(), player.peek().quarter)

    solara.use_effect(renew, [request.key])

    def halt_on_close() -> Callable[[], None]:
        def halt() -> None:
            player.peek().halt()

        return halt

    solara.use_effect(halt_on_close, [])


def replay(player: PlayerModel, quarter: int) -> PlayerModel:
    """Play the same member again, under the scenarios now requested, to a quarter."""
    return PlayerModel(player.current_request, player.first_member, quarter)


def use_ensemble(request: RunRequest, needs_members: bool) -> tuple[PairedArms | None, float | None, str]:
    """Run all arms in a thread.

    Parameters
    ----------
    request : what to run
    needs_members : whether single members are shown, which the result that ships with the page does not have

    Returns
    -------
    result, progress, error
        The result is the last complete one; before the first it is the one that ships with the page, or None. Its
        `key` says for which request it was run. Progress is 0..1 during a run, else None.
    """
    current_key: Any = solara.use_ref(request.key)
    current_key.current = request.key
    progress = solara.use_reactive(0.0)
    shipped = solara.use_memo(lambda: first_answer(request), [])

    def work() -> PairedArms | None:
        if shipped is not None and shipped.key == request.key and not needs_members:
            return shipped
        progress.value = 0.0
        try:
            return run_paired_arms(
                request.against,
                request.what_if,
                request.members,
                request.seed,
                is_needed=lambda: current_key.current == request.key,
                progress=progress.set,
                pinned=request.pinned,
                key=request.key,
            )
        except Superseded:
            return None

    def stop_on_close() -> Callable[[], None]:
        def stop() -> None:
            current_key.current = None

        return stop

    solara.use_effect(stop_on_close, [])
    task = solara.lab.use_task(work, dependencies=[request.key, needs_members], raise_error=False)
    last: Any = solara.use_ref(shipped)
    if task.finished and task.value is not None:
        last.current = task.value
    error = f"the ensemble run failed: {one_line(repr(task.exception))}" if task.error else ""
    return last.current, progress.value if task.pending else None, error


def use_when_asked(work: Callable[[], Any], key: Any, asked: bool) -> tuple[Any, bool]:
    """The result of slow work, in a thread, once it is asked for.

    Parameters
    ----------
    work : the work
    key : of what it depends on: with another key it is done again
    asked : whether anybody wants the result

    Returns
    -------
    result, busy
        No result before it is complete.
    """
    task = solara.lab.use_task(lambda: (key, work()) if asked else None, dependencies=[key, asked], raise_error=False)
    done = task.value if task.finished else None
    return (done[1] if done and done[0] == key else None), bool(asked and task.pending)
