"""What was learnt from people's labels, beside the store: one JSON file a state, added and never changed.

`learned/R-0001.json` holds a state: the corrections of the scores, on which models they rest, and how they were
measured. An undo is a file as well, and takes the last state away that still holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from insights import models, signals
from insights.errors import StoreError, UsageError

FOLDER = "learned"  # in the store's folder
FORMAT = 1


@dataclass(frozen=True, slots=True)
class State:
    """One `insights retrain`, or its undo."""

    id: str  # "R-0001"
    made_at: datetime
    adapter: signals.Adapter
    rests_on: str  # the models whose scores it corrects
    trials: Mapping[str, Mapping[str, Any]]  # by kind: how it was measured
    undoes: str = ""  # the state that this one takes away


def load_adapter(store: Path) -> signals.Adapter | None:
    """The corrections in force; None where nothing was learnt, or for models that have been replaced since."""
    state = state_in_force(store)
    return state.adapter if state is not None and state.rests_on == models_key() else None


def state_in_force(store: Path) -> State | None:
    """The last state that was not undone."""
    held: list[State] = []
    for state in states(store):
        if state.undoes:
            held = [one for one in held if one.id != state.undoes]
        else:
            held.append(state)
    return held[-1] if held else None


def states(store: Path) -> tuple[State, ...]:
    """All states, oldest first, undos among them."""
    return tuple(_read(path) for path in sorted((store / FOLDER).glob("R-*.json")))


def add_state(store: Path, adapter: signals.Adapter, trials: Mapping[str, signals.Trial]) -> State:
    """Keep a new state, which is in force from now on."""
    shown = {kind: {**asdict(trial), "correction": None} for kind, trial in trials.items()}
    return _write(store, State(_next_id(store), datetime.now(UTC), adapter, models_key(), shown))


def undo_state(store: Path) -> tuple[State, State | None]:
    """Take the last state away: that state, and the one in force now. UsageError where there is none."""
    last = state_in_force(store)
    if last is None:
        raise UsageError("Nothing was learnt that could be undone.")
    _write(store, State(_next_id(store), datetime.now(UTC), signals.Adapter(), last.rests_on, {}, undoes=last.id))
    return last, state_in_force(store)


def models_key() -> str:
    """The models whose scores are corrected: a correction of one model's scores says nothing of another's."""
    return f"{models.key('signals')} {models.key('minilm')}"


def _next_id(store: Path) -> str:
    return f"R-{len(states(store)) + 1:04d}"


def _write(store: Path, state: State) -> State:
    path = store / FOLDER / f"{state.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {
        "format": FORMAT,
        "made_at": state.made_at.isoformat(),
        "adapter": signals.adapter_to_json(state.adapter),
        "rests_on": state.rests_on,
        "trials": dict(state.trials),
        "undoes": state.undoes,
    }
    half = path.with_suffix(".part")
    half.write_text(json.dumps(row), "utf-8")
    half.replace(path)
    return state


def _read(path: Path) -> State:
    try:
        row = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise StoreError(f"{path} is no JSON ({error}). Restore a copy, or move it away.") from error
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise StoreError(f"{path} has not the format {FORMAT}. Upgrade insights, or move it away.")
    made_at, adapter = datetime.fromisoformat(row["made_at"]), signals.adapter_from_json(row["adapter"])
    return State(path.stem, made_at, adapter, row["rests_on"], row["trials"], row["undoes"])
