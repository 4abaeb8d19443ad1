"""Waits until the report of every study is back, or will not come."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.demo.errors import DemoError
from scripts.demo.node import Node
from scripts.demo.pacs import Pacs
from scripts.demo.studies import Study

_POLL_SECONDS = 1.0
_WORDS = {"RECEIVING": "being received", "COMPLETE": "in the queue", "ANALYSED": "being sent"}


def wait_for_reports(
    studies: Sequence[Study],
    pacs: Pacs,
    node: Node,
    token: str,
    patience_seconds: float,
    say: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Return the API's word on each study, keyed by Study Instance UID, once all of them have ended.

    A study has ended when its report is back and the node counts it as sent, or when the node says that it failed.

    Raises
    ------
    DemoError
        If the node dies, or nothing at all moves for `patience_seconds`.
    """
    facts: dict[str, dict[str, Any]] = {}
    before: Mapping[str, object] = {}
    moved = time.monotonic()
    while True:
        for study in studies:
            uid = study.study_instance_uid
            if not _has_ended(study, pacs, facts) and (said := node.study(uid, token)) is not None:
                facts[uid] = said
        waiting = [study for study in studies if not _has_ended(study, pacs, facts)]
        say(f"{len(studies) - len(waiting)} of {len(studies)} reports are back{_states(waiting, facts)}")
        if not waiting:
            return facts
        now = {uid: (said["state"], len(pacs.reports(uid))) for uid, said in facts.items()}
        if now != before:
            before, moved = now, time.monotonic()
        node.check_alive()
        if time.monotonic() - moved > patience_seconds:
            raise DemoError(_complaint(waiting, pacs, facts, patience_seconds), node.last_words())
        pacs.wait_for_news(_POLL_SECONDS)


def _has_ended(study: Study, pacs: Pacs, facts: Mapping[str, Mapping[str, Any]]) -> bool:
    state = facts.get(study.study_instance_uid, {}).get("state")
    return state == "FAILED" or (state == "SENT" and bool(pacs.reports(study.study_instance_uid)))


def _states(waiting: Sequence[Study], facts: Mapping[str, Mapping[str, Any]]) -> str:
    states = (_state(study, facts) for study in waiting)
    counted = Counter(_WORDS.get(state, state.lower()) for state in states)
    return "".join(f", {number} {state}" for state, number in sorted(counted.items()))


def _state(study: Study, facts: Mapping[str, Mapping[str, Any]]) -> str:
    return str(facts.get(study.study_instance_uid, {}).get("state", "unknown to the node"))


def _complaint(
    waiting: Sequence[Study], pacs: Pacs, facts: Mapping[str, Mapping[str, Any]], patience_seconds: float
) -> str:
    lines = [f"Nothing has moved for {patience_seconds:.0f} s, and {len(waiting)} studies have not ended:"]
    for study in waiting:
        line = f"  {study.label}: {_state(study, facts)}"
        line += ", report back" if pacs.reports(study.study_instance_uid) else ", no report"
        for delivery in facts.get(study.study_instance_uid, {}).get("deliveries", ()):
            line += f", delivery to {delivery['destination']} {delivery['state']} {delivery['reason'] or ''}"
        lines.append(line.rstrip())
    return "\n".join(lines)
