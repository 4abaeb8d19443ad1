"""Commissioning: does a PACS take, keep, find and commit what this node sends, letter for letter?

A small test object about nobody goes there and is looked for. Each check says what it came to and what to do next;
what was not seen is "not proven", never "passed". The test object has a study of its own and no row here, so it
counts nowhere.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dicom_node.requestor import Peer
from dicom_node.sr.trial import build_trial_object
from webapp.studies import commissioning_network as network
from webapp.studies import commissioning_node as node
from webapp.studies.commissioning_outcome import Check, Status
from webapp.studies.models import Destination
from webapp.studies.peer_text import ProfileText

_log = logging.getLogger(__name__)

LATIN_NAME = "Prüfung-Größe^Zoé"
UNICODE_NAME = "Prüfung-Żółć^Zoé"
"""Of the test patient: letters of Latin 1, and some that only Unicode has."""


@dataclass(frozen=True)
class Commissioning:
    """What a commissioning came to. `profile` is None where the peer is no destination of this node."""

    peer: Peer
    at: datetime
    study_instance_uid: str
    profile: ProfileText | None
    checks: tuple[Check, ...]

    @property
    def is_free_of_failures(self) -> bool:
        """Whether no check failed; some may not be proven."""
        return all(check.status is not Status.FAILED for check in self.checks)


def commission(peer: Peer, *, answer_seconds: float, wait: Callable[[float], None] = time.sleep) -> Commissioning:
    """Try a peer. `answer_seconds`: how long to wait until our SCP has the peer's word on storage commitment."""
    at, profile = timezone.now(), node.profile_of(peer)
    wanted = profile or ProfileText()
    is_latin = wanted.character_set == Destination.CharacterSet.LATIN_1
    trial = build_trial_object(LATIN_NAME if is_latin else UNICODE_NAME, at)

    def checks() -> Iterator[Check]:
        reached = network.echo(peer)
        yield reached
        came_to_us = False
        if reached.status is Status.PASSED:
            yield network.objects(peer, wanted)
            stored = network.store(peer, trial, wanted)
            yield stored
            if stored.status is Status.PASSED:
                yield network.found(peer, trial)
                yield network.letters(peer, trial)
                answered = network.commit(
                    peer, trial, wanted, scp_is_up=node.scp_is_up, answer_seconds=answer_seconds, wait=wait
                )
                yield answered.check
                came_to_us = answered.came_to_us
        yield node.way_back(peer, came_to_us=came_to_us)
        yield node.tls_to(peer, reached=reached.status is Status.PASSED)
        yield node.tls_from()
        yield node.spatial_locations()

    return Commissioning(peer, at, str(trial.StudyInstanceUID), profile, tuple(_noted(checks())))


def _noted(checks: Iterator[Check]) -> Iterator[Check]:
    for check in checks:
        _log.info("commissioning: %s: %s", check.name, check.status)
        yield check
