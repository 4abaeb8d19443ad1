"""What each rule finds, and what it leaves alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from tests.factories import make_delivery, make_report, make_round, make_study
from tests.webapp.monitoring.entries import make_entry
from webapp.audit.models import ForwardingCursor
from webapp.monitoring import conditions, rules, switch
from webapp.monitoring.models import (
    AlertRule,
    CanaryRun,
    DriftReport,
    ErrorEvent,
    ErrorGroup,
    Heartbeat,
    ProcessStart,
)
from webapp.studies.models import Delivery, Round, Study, StudyState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def all_rules() -> None:
    """Write the rules with their defaults."""
    rules.ensure()


def _subjects(kind: str, now: datetime = NOW) -> list[str]:
    rule = AlertRule.objects.get(kind=kind)
    return [finding.subject for finding in conditions.BY_KIND[kind](rule, now)]


def _ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_every_default_has_its_condition_and_every_condition_its_default() -> None:
    assert {default.kind for default in rules.DEFAULTS} == set(conditions.BY_KIND)


def test_errors_count_within_the_window_alone() -> None:
    group = ErrorGroup.objects.create(fingerprint="f", kind="k", place="p", first_at=NOW, last_at=NOW)
    for minutes in range(0, 57, 3):
        ErrorEvent.objects.create(group=group, at=_ago(minutes=minutes))
    assert _subjects("error_rate") == []
    ErrorEvent.objects.create(group=group, at=_ago(minutes=1))
    assert _subjects("error_rate") == [""]
    assert _subjects("error_rate", NOW + timedelta(minutes=10)) == []


def test_the_oldest_unfinished_study_counts_unless_it_is_suspended_or_the_ai_paused() -> None:
    study = make_study(received_at=_ago(minutes=16))
    assert _subjects("oldest_unfinished") == [""]
    bob = User.objects.create_user("bob")
    switch.suspend(study, bob)
    assert _subjects("oldest_unfinished") == []
    switch.release(study, bob)
    switch.pause("a test")
    assert _subjects("oldest_unfinished") == []


def test_a_finished_study_is_not_waited_for() -> None:
    round_ = make_round(make_study(received_at=_ago(days=9)), state=StudyState.SENT)
    Round.objects.filter(pk=round_.pk).update(completed_at=_ago(days=9))
    assert _subjects("oldest_unfinished") == []


def test_a_destination_that_refuses_or_never_answers_is_named() -> None:
    refusing = make_delivery(make_report(make_round(make_study())), ae_title="REFUSES")
    Delivery.objects.filter(pk=refusing.pk).update(state=Delivery.State.FAILED, changed_at=_ago(minutes=5))
    silent = make_delivery(make_report(make_round(make_study())), ae_title="SILENT")
    Delivery.objects.filter(pk=silent.pk).update(tries=5)
    patient = make_delivery(make_report(make_round(make_study())), ae_title="PATIENT")
    Delivery.objects.filter(pk=patient.pk).update(tries=4)
    assert _subjects("delivery_failing") == ["REFUSES@127.0.0.1:104", "SILENT@127.0.0.1:104"]


def test_a_disk_is_low_below_its_watermark_alone(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    AlertRule.objects.filter(kind="disk_low").update(threshold=0)
    assert _subjects("disk_low") == []
    AlertRule.objects.filter(kind="disk_low").update(threshold=100)
    assert _subjects("disk_low") == [""]


def test_a_queue_that_is_long_and_grows_is_told() -> None:
    for _ in range(20):
        make_round(make_study())
    Round.objects.update(completed_at=_ago(minutes=5))
    assert _subjects("queue_growing") == [""]
    Round.objects.update(completed_at=_ago(minutes=20))
    assert _subjects("queue_growing") == []


def test_silence_is_told_in_hours_that_usually_have_traffic() -> None:
    for week in (1, 2, 4):
        make_entry(at=NOW - timedelta(weeks=week, minutes=30))
    assert _subjects("no_traffic") == [""]
    assert _subjects("no_traffic", NOW + timedelta(hours=5)) == []
    make_study(received_at=_ago(minutes=10))
    assert _subjects("no_traffic") == []


def test_a_canary_is_late_and_a_failed_one_is_told() -> None:
    ProcessStart.objects.create(name="web", machine="m", at=_ago(hours=2))
    assert _subjects("canary_late") == []
    ProcessStart.objects.update(at=_ago(hours=3))
    assert _subjects("canary_late") == [""]
    _canary("1.2.1", CanaryRun.State.PASSED, 10)
    assert _subjects("canary_late") == []
    assert _subjects("canary_failed") == []
    _canary("1.2.2", CanaryRun.State.FAILED, 5)
    assert _subjects("canary_failed") == [""]
    _canary("1.2.3", CanaryRun.State.PASSED, 1)
    assert _subjects("canary_failed") == []


def _canary(uid: str, state: str, minutes_ago: float) -> None:
    at = _ago(minutes=minutes_ago)
    CanaryRun.objects.create(study_instance_uid=uid, state=state, started_at=at, ended_at=at)


def test_drift_is_told_of_the_newest_comparison_alone() -> None:
    facts = {"measure": "score", "reference_count": 100, "recent_count": 50, "ks": 0.5}
    DriftReport.objects.create(at=_ago(hours=2), group="old", psi=0.9, p_value=1e-6, **facts)
    DriftReport.objects.create(at=NOW, group="moved", psi=0.4, p_value=1e-6, **facts)
    DriftReport.objects.create(at=NOW, group="chance", psi=0.4, p_value=0.3, **facts)
    DriftReport.objects.create(at=NOW, group="still", psi=0.1, p_value=1e-6, **facts)
    assert _subjects("drift") == ["score of moved"]


def test_a_certificate_is_told_before_it_expires_and_when_it_cannot_be_read(settings: Settings, tmp_path: Path) -> None:
    soon, later = tmp_path / "soon.pem", tmp_path / "later.pem"
    _write_certificate(soon, NOW + timedelta(days=20))
    _write_certificate(later, NOW + timedelta(days=22))
    settings.NODE_TLS_CERTIFICATES = (str(soon), str(later), str(tmp_path / "none.pem"))
    found = _subjects("certificate_expiring")
    assert found == [str(soon)[-128:], str(tmp_path / "none.pem")[-128:]]


def test_the_nodes_own_certificates_for_dicom_are_watched_without_being_named(
    settings: Settings, tmp_path: Path
) -> None:
    own, authority = tmp_path / "node.pem", tmp_path / "ca.pem"
    _write_certificate(own, NOW + timedelta(days=20))
    _write_certificate(authority, NOW + timedelta(days=22))
    settings.NODE_DICOM_TLS_CERTIFICATE, settings.NODE_DICOM_TLS_CA = str(own), str(authority)
    settings.NODE_TLS_CERTIFICATES = (str(own),)
    assert _subjects("certificate_expiring") == [str(own)[-128:]]
    _write_certificate(authority, NOW + timedelta(days=3))
    assert _subjects("certificate_expiring") == [str(own)[-128:], str(authority)[-128:]]


def _write_certificate(path: Path, until: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(until - timedelta(days=99)).not_valid_after(until)
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def test_a_model_file_that_is_not_the_manifests_is_told(settings: Settings, tmp_path: Path) -> None:
    assert _subjects("model_mismatch") == []
    (tmp_path / "manifest.json").write_text('{"sha256": "0", "file": "model.h5"}', encoding="ascii")
    (tmp_path / "model.h5").write_bytes(b"another")
    settings.NODE_MODELS_DIR = tmp_path
    assert _subjects("model_mismatch") == [""]


def test_a_silent_process_is_told_unless_it_was_taken_out_of_service() -> None:
    for name, seconds in (("scp", 121), ("web", 119)):
        Heartbeat.objects.create(name=name, machine="m", pid=1, started_at=NOW, beat_at=_ago(seconds=seconds))
    assert _subjects("process_silent") == ["scp"]
    Heartbeat.objects.update(expected=False)
    assert _subjects("process_silent") == []


def test_a_process_that_keeps_starting_is_told() -> None:
    for minutes in range(4):
        ProcessStart.objects.create(name="analysis", machine="m", at=_ago(minutes=minutes))
    ProcessStart.objects.create(name="web", machine="m", at=NOW)
    assert _subjects("process_restarting") == ["analysis"]


def test_a_long_pause_is_told() -> None:
    switch.pause("a test")
    now = datetime.now(tz=UTC)
    assert _subjects("ai_paused", now + timedelta(minutes=59)) == []
    assert _subjects("ai_paused", now + timedelta(minutes=61)) == [""]


def test_a_receiver_of_audit_messages_that_takes_none_for_long_is_told(settings: Settings) -> None:
    settings.NODE_AUDIT_RECEIVER = "audit.example.org:6514"
    row = ForwardingCursor.objects.create(receiver="audit.example.org:6514", failing_since=_ago(seconds=900))
    ForwardingCursor.objects.create(receiver="former.example.org:6514", failing_since=_ago(days=9))
    assert _subjects("audit_not_taken") == []
    row.failing_since = _ago(seconds=901)
    row.save()
    assert _subjects("audit_not_taken") == ["audit.example.org:6514"]
    settings.NODE_AUDIT_RECEIVER = ""
    assert _subjects("audit_not_taken") == []


@pytest.mark.parametrize("kind", sorted(conditions.BY_KIND))
def test_an_empty_node_raises_no_alert(kind: str, settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    AlertRule.objects.filter(kind="disk_low").update(threshold=0.01)
    assert Study.objects.count() == 0
    assert _subjects(kind) == []


def test_no_condition_reads_a_patient() -> None:
    """Alerts go by mail: what they are made of must not name anybody."""
    source = Path(conditions.__file__).read_text(encoding="utf-8")
    assert "patient_name" not in source
    assert "patient_id" not in source
