"""`list`, `check`, `show` and `new`: what is there, whether it is right, what it says, and a beginning."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from cairn.cli.options import BadInput, common, scenario
from cairn.scenario.inline_yaml import on_a_line

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def add(commands: Any) -> None:
    """The commands and their options."""
    command = commands.add_parser("list", help="list the scenarios", description=listing.__doc__)
    common(command)
    command.set_defaults(handler=listing)
    command = commands.add_parser("check", help="say all that is wrong in scenario files", description=check.__doc__)
    command.add_argument("scenario", nargs="+", help="names or files")
    common(command)
    command.set_defaults(handler=check)
    command = commands.add_parser("show", help="show a scenario with all it inherits", description=show.__doc__)
    command.add_argument("scenario", help="name or file")
    command.add_argument("--changes", action="store_true", help="only what differs from the scenario it extends")
    common(command)
    command.set_defaults(handler=show)
    command = commands.add_parser("new", help="write a commented file to begin with", description=new.__doc__)
    command.add_argument("name", help="of the scenario: small letters, digits and _")
    command.add_argument("--extends", default="baseline", help="what it starts from (default: baseline)")
    command.add_argument("--out", type=Path, help="file to write (default: NAME.yaml, in scenarios/ in a checkout)")
    common(command)
    command.set_defaults(handler=new)


def listing(options: argparse.Namespace) -> int:
    """List the shipped scenarios and the question each asks."""
    from cairn.scenario.scenario import known

    rows = {name: scenario(name) for name in known()}
    if options.json:
        texts = [{"name": n, "title": s.title, "question": s.question, "changed": s.changed} for n, s in rows.items()]
        print(json.dumps(texts, indent=1))
    elif not options.quiet:
        for name, world in rows.items():
            print(f"{name}\n    {world.title}. {world.question}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Check scenario files: every error of each, with file, line, column, key and what is allowed."""
    from cairn.support.text import one_line

    right: list[dict[str, Any]] = []
    wrong: list[str] = []
    for which in options.scenario:
        try:
            world = scenario(which)
        except BadInput as problem:
            wrong += str(problem).splitlines()
            continue
        right.append({"scenario": which, "title": world.title, "events": len(world.events)})
        if not (options.quiet or options.json):
            print(f"{one_line(which)}: fine, {len(world.events)} events: {world.title}")
    if options.json:
        print(json.dumps({"right": right, "wrong": wrong}, indent=1))
    elif wrong:
        print("\n".join(wrong), file=sys.stderr)
    return 2 if wrong else 0


def show(options: argparse.Namespace) -> int:
    """Show a scenario with all it inherits, each value with the file and line it came from."""
    world = scenario(options.scenario)
    from cairn.scenario.diff import differences
    from cairn.scenario.inheritance import find, resolve
    from cairn.scenario.scenario import Scenario

    file = resolve(find(options.scenario))
    if options.changes:
        base = Scenario.load(file.chain[1]) if len(file.chain) > 1 else world
        found = differences(base, world)
        if options.json:
            print(json.dumps([vars(difference) for difference in found], indent=1))
        elif not options.quiet:
            print(f"{world.title}: against {base.name}" if len(file.chain) > 1 else f"{world.title} extends nothing")
            print("\n".join(map(str, found)) or "nothing differs")
        return 0
    values = list(_values(world, file))
    if options.json:
        rows = [{"key": ".".join(keys), "value": value, "from": where} for keys, value, where in values]
        print(json.dumps(rows, indent=1))
    elif not options.quiet:
        print("\n".join(_as_yaml(values)))
    return 0


def _values(world: Any, file: Any) -> Any:
    """Every value of a scenario: keys, value, and where it stands; in the order of a file."""
    dumped = world.model_dump(mode="json", exclude={"name"}, exclude_none=True)

    def stands(keys: tuple[str, ...]) -> str:
        place = file.places.get(keys)
        return f"{place[0].name}:{place[1]}" if place else "left out"

    for key, value in dumped.items():
        if key == "events":
            for name, fields in value.items():
                for field in ("type", *(f for f in fields if f != "type")):
                    keys = ("events", name, field)
                    if fields[field] not in ("", {}, [], None):
                        yield keys, fields[field], stands(keys)
        elif isinstance(value, dict):
            for name, part in value.items():
                yield (key, name), part, stands((key, name))
        elif value not in ("", []):
            yield (key,), value, stands((key,))


def _as_yaml(values: Any) -> Any:
    """Lines of a file that could be loaded again, with a comment on each that tells where it came from."""
    above: tuple[str, ...] = ()
    for keys, value, where in values:
        for depth in range(len(keys) - 1):
            if keys[: depth + 1] != above[: depth + 1]:
                yield f"{'  ' * depth}{keys[depth]}:"
        above = keys
        yield f"{'  ' * (len(keys) - 1)}{keys[-1]}: {on_a_line(value)}  # {where}"


def new(options: argparse.Namespace) -> int:
    """Write a commented scenario file to begin with; it passes `check` as it stands."""
    from cairn.scenario.scenario import folder

    if not NAME.fullmatch(options.name):
        raise BadInput(f"{options.name!r} is no name for a scenario: small letters, digits and _, a letter first")
    if options.extends.endswith((".yaml", ".yml")) or "/" in options.extends:
        raise BadInput(
            f"--extends takes a name, got {options.extends!r}; put the files side by side and leave .yaml out"
        )
    in_checkout = (folder().parent / "run.py").is_file() and folder().name == "scenarios"
    out = options.out or (folder() if in_checkout else Path()) / f"{options.name}.yaml"
    which = options.name if out == folder() / f"{options.name}.yaml" else str(out)
    beside = out.parent / f"{options.extends}.yaml"
    extends = str(beside) if beside.is_file() and out.parent != folder() else options.extends
    base = scenario(extends)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(starter(options.name, options.extends, base, extends, which, _schema(out)))
    except FileExistsError:
        raise BadInput(f"{out} is there already; nothing was written. Choose another name, or --out") from None
    except OSError as problem:
        raise BadInput(f"cannot write {out}: {problem.strerror}; choose another file with --out") from None
    if options.json:
        print(json.dumps({"file": str(out)}))
    elif not options.quiet:
        print(f"written: {out}\nnext: run.py check {which}; run.py compare {extends} {which}")
    return 0


def _schema(out: Path) -> Path:
    """Where an editor finds the schema from a file: the way from its folder."""
    from cairn.scenario.scenario import folder

    return Path(os.path.relpath(folder() / "scenario.schema.json", out.parent))


def starter(name: str, extends: str, base: Any, base_is: str, this_is: str, schema: Path) -> str:
    """The text of a scenario file that changes nothing yet, and shows how it could.

    `base_is` and `this_is` name the scenarios to a command.
    """
    some = next((n for n in ("uzb_succession_2016", *base.events) if n in base.events), "some_event")
    title = name.replace("_", " ")
    off = f"#   {some}: off".ljust(44)
    return f"""# yaml-language-server: $schema={schema.as_posix()}
# As it stands this file changes nothing: `run.py compare {base_is} {this_is}` gives zero.
# scenarios/README.md lists every type of event with its keys; `run.py show {base_is}` what is there to change.

title: {title[0].upper()}{title[1:]}
question: What if?                           # the one question it asks
extends: {extends}
changed: ""                                  # what is different, in a sentence
plausible: ""                                # why that could be, or could have been
sources: []                                  # who says so
look_at: []                                  # which outcomes answer the question

events: {{}}
# Take the braces away and the # from what you need:
{off} # switches an inherited event off; `on` brings one back
#   qosh_tepa_canal: {{finish: 2035}}          # amends it: all else stays as it was
#   harsh_years:                             # a new one: a name of your own and a type
#     type: drought
#     rivers: [amu_darya]
#     start: 2031-04                         # dates: 2031, 2031-04 or 2031-04-15
#     end: 2032-09
#     inflow: 0.75                           # times the mean
#     why: who saw such a flow, when
#     source: Assumed

parameters: {{}}
#   reciprocity: 0.6                         # numbers of the model, all in model/cairn/core/parameters.py

# horizon: {{last: 2035}}                      # last year of a run
# members: 200                               # worlds, if a run is not told otherwise
# seed: 1
"""
