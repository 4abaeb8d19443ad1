"""Retention: nothing is ever deleted but what was delivered and is past its age."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_instance, make_report, make_round, make_study
from tests.webapp.monitoring.entries import make_entry
from tests.webapp.studies.report_file import write_report
from webapp.monitoring import retention, switch
from webapp.monitoring.models import PredictionEntry
from webapp.monitoring.retention import Facts, Policy
from webapp.studies.models import Delivery, Study, StudyState

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DELIVERY_STATES = ("QUEUED", "SENT", "FAILED", "COMMITTED", "VERIFIED", "SOMETHING_NEW")
STATES = (*StudyState.values, "DELIVERED", "SOMETHING_NEW")


def _age(days: float) -> datetime:
    return NOW - timedelta(days=days)


any_facts = st.builds(
    Facts,
    key=st.integers(0, 10**6),
    last_received_at=st.floats(-5, 400).map(_age),
    state=st.sampled_from(STATES),
    delivery_states=st.lists(st.sampled_from(DELIVERY_STATES), max_size=3).map(tuple),
    has_unanalysed_images=st.booleans(),
    is_held=st.booleans(),
    size_bytes=st.integers(0, 10**9),
)
any_policy = st.builds(
    Policy,
    age=st.one_of(st.none(), st.floats(0.1, 300).map(lambda days: timedelta(days=days))),
    least_age=st.floats(0, 300).map(lambda days: timedelta(days=days)),
    needs_commitment=st.booleans(),
    missing_bytes=st.integers(0, 10**10),
)


@hypothesis_settings(max_examples=400, deadline=None)
@given(studies=st.lists(any_facts, max_size=12), policy=any_policy)
def test_whatever_is_chosen_was_delivered_everywhere_and_is_past_its_age(studies: list[Facts], policy: Policy) -> None:
    """Said again in other words than the code's: each way of losing something is looked for by itself."""
    chosen = retention.choose(studies, policy, NOW)
    if policy.age is None:
        assert chosen == []
    for one in chosen:
        age = NOW - one.last_received_at
        assert policy.age is not None
        assert age > min(policy.age, policy.least_age)
        assert age > policy.age or policy.missing_bytes > 0
        assert one.delivery_states != ()
        assert not {"QUEUED", "FAILED", "SOMETHING_NEW"} & set(one.delivery_states)
        assert one.state not in {"RECEIVING", "COMPLETE", "ANALYSED", "FAILED", "SOMETHING_NEW"}
        assert not one.has_unanalysed_images
        assert not one.is_held
        if policy.needs_commitment:
            assert "SENT" not in one.delivery_states


@hypothesis_settings(max_examples=200, deadline=None)
@given(studies=st.lists(any_facts, max_size=12), policy=any_policy)
def test_the_watermark_takes_the_oldest_and_no_more_than_it_needs(studies: list[Facts], policy: Policy) -> None:
    chosen = retention.choose(studies, policy, NOW)
    early = [one for one in chosen if policy.age is not None and NOW - one.last_received_at <= policy.age]
    if early:
        before = sum(one.size_bytes for one in chosen) - early[-1].size_bytes
        assert before < policy.missing_bytes
    assert [one.last_received_at for one in chosen] == sorted(one.last_received_at for one in chosen)


def test_what_is_delivered_and_old_does_go() -> None:
    facts = Facts(1, _age(31), "SENT", ("SENT", "COMMITTED"), False, False, 5)
    assert retention.choose([facts], Policy(timedelta(days=30), timedelta(days=7), False), NOW) == [facts]
    assert retention.choose([facts], Policy(timedelta(days=30), timedelta(days=7), True), NOW) == []


def test_an_age_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Policy(timedelta(0), timedelta(0), False)


@pytest.fixture
def archive(settings: Settings, tmp_path: Path) -> Path:
    """An archive of the test's own, kept for 30 days."""
    settings.NODE_ARCHIVE_DIR, settings.NODE_RETENTION_DAYS = tmp_path, 30.0
    return tmp_path


def _sent_study(archive: Path, days: float) -> Study:
    study = make_study(received_at=_age(days))
    report = make_report(make_round(study, state=StudyState.SENT))
    write_report(report, archive)
    Delivery.objects.filter(pk=make_delivery(report).pk).update(state=Delivery.State.SENT)
    for instance in study.instances.all():
        path = archive / instance.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"image")
    return Study.objects.get(pk=study.pk)


@pytest.mark.django_db
def test_the_old_study_goes_with_rows_and_files_and_its_log_stays(archive: Path) -> None:
    old, young = _sent_study(archive, 31), _sent_study(archive, 29)
    make_entry(study_instance_uid=old.study_instance_uid)
    assert retention.apply(dry_run=True, now=NOW) == [old.study_instance_uid]
    assert Study.objects.count() == 2
    assert retention.apply(now=NOW) == [old.study_instance_uid]
    assert Study.objects.get() == young
    kept = {path.relative_to(archive).as_posix() for path in archive.rglob("*.dcm")}
    images = young.instances.values_list("path", flat=True)
    assert kept == {*images, *young.rounds.values_list("reports__path", flat=True)}
    assert PredictionEntry.objects.count() == 1


@pytest.mark.django_db
def test_a_late_image_a_suspension_or_an_unsent_report_keeps_a_study(archive: Path) -> None:
    make_instance(_sent_study(archive, 99), received_at=_age(99))
    switch.suspend(_sent_study(archive, 98), User.objects.create_user("bob"))
    unsent = _sent_study(archive, 97)
    Delivery.objects.filter(report__round__study=unsent).update(state=Delivery.State.QUEUED)
    assert retention.apply(now=NOW) == []
    assert Study.objects.count() == 3


@pytest.mark.django_db
def test_without_an_age_everything_is_kept(archive: Path, settings: Settings) -> None:
    settings.NODE_RETENTION_DAYS, settings.NODE_RETENTION_FREE_BYTES = 0.0, 10**18
    _sent_study(archive, 9999)
    assert retention.apply(now=NOW) == []
