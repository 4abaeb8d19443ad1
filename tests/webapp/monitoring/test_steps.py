"""Each step of a delivery by its own name, in the metrics, the log, the alerts and retention."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_report, make_round, make_study
from tests.webapp.studies.keeping_pacs import KeepingPacs
from tests.webapp.studies.report_file import write_report
from webapp.monitoring import conditions, metrics, retention, rules, selectors, tallies
from webapp.monitoring.models import AlertRule
from webapp.studies import claims, delivery
from webapp.studies.models import Delivery, Destination, Report, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def pacs() -> Iterator[KeepingPacs]:
    with KeepingPacs() as playing:
        yield playing


def test_sent_committed_and_found_are_counted_apart_and_none_as_a_retry(
    pacs: KeepingPacs,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.NODE_ARCHIVE_DIR = settings.NODE_DATA_DIR = tmp_path
    settings.NODE_COMMITMENT_WAIT_SECONDS = 20.0
    report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
    write_report(report, tmp_path)
    row = make_delivery(report, port=pacs.port)
    Delivery.objects.filter(pk=row.pk).update(wants_commitment=True, wants_read_back=True)
    claimed = claims.take_delivery(row.pk)
    assert claimed is not None
    before = _outcomes()
    with django_capture_on_commit_callbacks(execute=True):
        delivery.send(claimed)
    tallies.flush()
    after = _outcomes()
    assert {name: count - before.get(name, 0.0) for name, count in after.items() if count != before.get(name, 0.0)} == {
        "sent": 1.0,
        "committed": 1.0,
        "verified": 1.0,
    }


def _outcomes() -> dict[str, float]:
    found: dict[str, float] = {}
    for labels, count in tallies.totals("deliveries").get("deliveries", []):
        found[labels["outcome"]] = found.get(labels["outcome"], 0.0) + count
    return found


def test_a_declined_report_is_a_dead_letter_only_where_nothing_else_was_taken() -> None:
    round_ = make_round(make_study())
    taken = make_delivery(make_report(round_))
    Report.objects.filter(pk=taken.report_id).update(kind="CAD")
    declined = make_delivery(make_report(round_))
    alone = make_delivery(make_report(make_round(make_study())), ae_title="OTHER")
    _put(taken, Delivery.State.SENT)
    for row in (declined, alone):
        _put(row, Delivery.State.DECLINED)
    assert list(selectors.not_taken()) == [alone]
    rules.ensure()
    rule = AlertRule.objects.get(kind="delivery_failing")
    (found,) = conditions.delivery_failing(rule, timezone.now())
    assert found.subject.startswith("OTHER@")


def _put(row: Delivery, state: str, **values: bool) -> None:
    Delivery.objects.filter(pk=row.pk).update(state=state, **values)


@pytest.mark.parametrize(
    ("state", "wants", "needs_commitment", "goes"),
    [
        ("SENT", {}, False, True),
        ("SENT", {"wants_commitment": True}, False, False),
        ("COMMITTED", {"wants_commitment": True}, True, True),
        ("COMMITTED", {"wants_commitment": True, "wants_read_back": True}, True, False),
        ("VERIFIED", {"wants_read_back": True}, True, False),
        ("VERIFIED", {"wants_read_back": True}, False, True),
        ("DECLINED", {}, False, False),
    ],
)
def test_what_is_still_to_be_proved_stays(
    state: str, wants: dict[str, bool], needs_commitment: bool, goes: bool
) -> None:
    study = make_study()
    round_ = make_round(study, state=StudyState.DELIVERED)
    _put(make_delivery(make_report(round_)), state, **wants)
    study.state = StudyState.DELIVERED
    study.save()
    policy = retention.Policy(timedelta(days=1), timedelta(days=1), needs_commitment)
    assert retention.may_go(retention.facts_of(study), policy) is goes


def test_studies_that_are_delivered_or_priors_are_counted_and_wait_for_nothing() -> None:
    old = timezone.now() - timedelta(days=30)
    for state in (StudyState.DELIVERED, StudyState.PRIOR):
        study = make_study()
        study.state, study.last_received_at = state, old
        study.save()
    text = metrics.text().decode()
    assert 'mammonode_studies{state="DELIVERED"} 1.0' in text
    assert 'mammonode_studies{state="PRIOR"} 1.0' in text
    rules.ensure()
    rule = AlertRule.objects.get(kind="oldest_unfinished")
    assert list(conditions.oldest_unfinished(rule, timezone.now())) == []


def test_a_destination_over_http_is_named_by_its_address() -> None:
    row = make_delivery(make_report(make_round(make_study())))
    Destination.objects.filter(pk=row.destination_id).update(protocol="STOW", url="https://pacs.example/dicom-web")
    assert 'destination="STOW https://pacs.example/dicom-web"' in metrics.text().decode()
