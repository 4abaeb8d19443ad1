"""Priors: fetched from a played PACS into a real receiving node, counted, told apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pydicom.dataset import FileDataset
from pytest_django.fixtures import Settings

from dicom_node.archive import StoredObject, StoreResult
from dicom_node.tls import Credentials, server_context
from tests import synthetic
from tests.certificates import Authority
from tests.dicom_node.archive_peer import ArchivePeer, archive_peer
from tests.dicom_node.receiving import Receiver, receiver
from tests.journey.ports import LOOPBACK, free_port
from webapp.audit.models import AuditEvent
from webapp.studies import claims, completion, dispatch, intake, priors
from webapp.studies.models import Prior, PriorSearch, Round, Study, StudyState

# the rows are written by the threads of the receiving node
pytestmark = pytest.mark.django_db(transaction=True)


def _record(stored: StoredObject) -> None:
    """Write the rows as the receiving process does, and leave no connection of this thread behind."""
    intake.record(stored)
    if connection.connection is not None:
        connection.connection.close()
        connection.connection = None


def _image(study: int, day: str, view: str = "CC", number: int = 1) -> FileDataset:
    image = synthetic.make_mg(rows=32, columns=24, seed=study, study=study, view=view, instance_number=number)
    image.PatientID, image.StudyDate = "P-1", day
    return image


CURRENT = _image(1, "20260601")
EARLIER = [_image(2, "20240301"), _image(2, "20240301", "MLO", 2)]
EARLIEST = _image(3, "20220301")


@pytest.fixture
def node(settings: Settings, tmp_path: Path) -> Iterator[Receiver]:
    """A node that keeps its rows."""
    settings.NODE_ARCHIVE_DIR = tmp_path / "archive"
    settings.NODE_RETRY_FIRST_SECONDS = 0.1
    with receiver(settings.NODE_ARCHIVE_DIR, on_stored=_record) as running:
        yield running


@contextmanager
def _pacs(node: Receiver, settings: Settings, objects: list[FileDataset] | None = None) -> Iterator[ArchivePeer]:
    held = [CURRENT, *EARLIER, EARLIEST] if objects is None else objects
    with archive_peer([*held], node.port) as played:
        settings.NODE_PRIORS_FROM = str(played.peer)
        yield played


def _stored(node: Receiver, image: FileDataset, *, originator: str = "", calling: str = "MODALITY") -> StoredObject:
    path = node.archive.root / "objects" / "a" / "b" / f"{image.SOPInstanceUID}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    synthetic.write(image, path)
    return StoredObject(
        sop_instance_uid=str(image.SOPInstanceUID),
        sop_class_uid=str(image.SOPClassUID),
        transfer_syntax_uid=str(image.file_meta.TransferSyntaxUID),
        study_instance_uid=str(image.StudyInstanceUID),
        series_instance_uid=str(image.SeriesInstanceUID),
        path=path,
        size_bytes=1,
        calling_ae_title=calling,
        calling_address=LOOPBACK,
        received_at=datetime.now(UTC),
        receive_ms=1.0,
        result=StoreResult.NEW,
        header=image,
        move_originator_ae_title=originator,
    )


def _arrive(node: Receiver, image: FileDataset = CURRENT, **options: str) -> Study:
    row = intake.record(_stored(node, image, **options))
    assert row is not None
    return row.study


def _fetch() -> PriorSearch:
    (pk,) = priors.due_searches()
    search = claims.take_prior_search(pk)
    assert search is not None
    priors.fetch(search)
    search.refresh_from_db()
    return search


def _states(search: PriorSearch) -> list[tuple[str, int, int | None]]:
    return [(row.state, row.images_here, row.images_expected) for row in search.priors.all()]


def test_nothing_is_asked_for_unless_the_setting_says_where(node: Receiver) -> None:
    _arrive(node)
    assert priors.due_searches() == []
    assert not PriorSearch.objects.exists()


def test_priors_come_and_are_linked_to_the_current_study(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings):
        study = _arrive(node)
        search = _fetch()
    assert (search.state, search.study, search.reason) == (PriorSearch.State.DONE, study, "")
    assert _states(search) == [(Prior.State.RETRIEVED, 2, 2), (Prior.State.RETRIEVED, 1, 1)]
    assert [row.study_instance_uid for row in search.priors.all()] == [
        EARLIER[0].StudyInstanceUID,
        EARLIEST.StudyInstanceUID,
    ]
    assert priors.due_searches() == []
    asked = AuditEvent.objects.get(event="query")
    assert (asked.object_id, asked.outcome) == (study.study_instance_uid, "success")
    assert '"found":2' in asked.detail


def test_priors_are_asked_for_over_tls(node: Receiver, settings: Settings, tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "hospital")
    own, pacs = authority.sign("node"), authority.sign("pacs")
    settings.NODE_DICOM_TLS_CERTIFICATE, settings.NODE_DICOM_TLS_KEY = str(own.certificate), str(own.key)
    settings.NODE_DICOM_TLS_CA = str(authority.path)
    tls = server_context(Credentials(pacs.certificate, pacs.key, authority.path))
    with archive_peer([CURRENT, *EARLIER], node.port, tls=tls) as played:
        settings.NODE_PRIORS_FROM = f"{played.peer}?tls=yes"
        _arrive(node)
        search = _fetch()
    assert _states(search) == [(Prior.State.RETRIEVED, 2, 2)], search.reason


def test_a_prior_is_never_analysed_and_the_current_study_is(node: Receiver, settings: Settings) -> None:
    settings.NODE_STUDY_QUIET_SECONDS = 0.0
    with _pacs(node, settings):
        study = _arrive(node)
        _fetch()
    assert Study.objects.filter(state=StudyState.PRIOR).count() == 2
    assert [round_.study for round_ in completion.complete_quiet()] == [study]
    assert completion.complete_expected([str(EARLIER[0].StudyInstanceUID)]) == []


def test_the_current_study_does_not_wait_for_its_priors(node: Receiver, settings: Settings) -> None:
    settings.NODE_STUDY_QUIET_SECONDS = 0.0
    with _pacs(node, settings):
        study = _arrive(node)
        assert len(priors.due_searches()) == 1
        assert [round_.study for round_ in completion.complete_quiet()] == [study]


def test_a_prior_that_comes_in_part_is_reported_as_partial_and_tried_again(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings) as pacs:
        pacs.withholds = {str(EARLIER[1].SOPInstanceUID)}
        _arrive(node)
        search = _fetch()
        assert search.state == PriorSearch.State.QUEUED
        assert search.next_attempt_at > search.created_at
        partial = search.priors.first()
        assert partial is not None
        assert (partial.state, partial.images_here, partial.images_expected) == (Prior.State.PARTIAL, 1, 2)
        assert partial.reason.startswith("1 of 2 images came.")
        PriorSearch.objects.update(attempts=settings.NODE_PRIORS_ATTEMPTS_LIMIT - 1, next_attempt_at=timezone.now())
        assert _fetch().state == PriorSearch.State.PARTIAL
        PriorSearch.objects.update(state=PriorSearch.State.QUEUED, attempts=0, queued_at=None)
        pacs.withholds = set()
        assert _fetch().state == PriorSearch.State.DONE


def test_success_of_the_archive_counts_for_nothing_when_images_are_missing(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings) as pacs:
        pacs.move_status = 0x0000
        _arrive(node)
        search = _fetch()
    assert _states(search) == [(Prior.State.FAILED, 0, 2), (Prior.State.FAILED, 0, 1)]
    assert search.state != PriorSearch.State.DONE
    assert not Study.objects.filter(state=StudyState.PRIOR).exists()


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_an_archive_that_is_down_is_asked_again_a_few_times(node: Receiver, settings: Settings) -> None:
    settings.NODE_PRIORS_FROM = f"PACS@{LOOPBACK}:{free_port()}"
    settings.NODE_PRIORS_ATTEMPTS_LIMIT = 2
    _arrive(node)
    search = _fetch()
    assert (search.state, search.attempts) == (PriorSearch.State.QUEUED, 1)
    assert "cannot be reached" in search.reason
    PriorSearch.objects.update(next_attempt_at=timezone.now())
    search = _fetch()
    assert (search.state, search.attempts) == (PriorSearch.State.FAILED, 2)
    assert list(AuditEvent.objects.values_list("event", "outcome")) == [("query", "failed")] * 2


def test_a_study_without_a_patient_id_fails_with_its_reason(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings) as pacs:
        nameless = _image(9, "20260601")
        nameless.PatientID = ""
        _arrive(node, nameless)
        search = _fetch()
        assert (search.state, pacs.queries) == (PriorSearch.State.FAILED, [])
    assert "Patient ID is empty" in search.reason


def test_a_patient_without_priors_is_done(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings, [CURRENT]):
        _arrive(node)
        search = _fetch()
    assert (search.state, search.priors.count()) == (PriorSearch.State.DONE, 0)


def test_a_study_that_came_by_itself_is_not_fetched_again(node: Receiver, settings: Settings) -> None:
    with _pacs(node, settings) as pacs:
        _arrive(node, EARLIEST)
        PriorSearch.objects.create(study=Study.objects.get(), next_attempt_at=timezone.now(), state="DONE")
        _arrive(node)
        search = _fetch()
        assert _states(search) == [(Prior.State.RETRIEVED, 2, 2), (Prior.State.HERE, 1, 1)]
        assert EARLIEST.SeriesInstanceUID not in pacs.moved_series
    assert Study.objects.get(study_instance_uid=EARLIEST.StudyInstanceUID).state == StudyState.RECEIVING


@pytest.mark.parametrize(
    ("originator", "calling", "state"),
    [
        ("MAMMONODE", "PACS", StudyState.PRIOR),
        ("", "PACS", StudyState.PRIOR),
        ("", "MODALITY", StudyState.RECEIVING),
        ("OTHER", "MODALITY", StudyState.RECEIVING),
    ],
)
def test_a_prior_that_somebody_pushes_is_a_study_like_any_other(
    originator: str, calling: str, state: StudyState, node: Receiver, settings: Settings
) -> None:
    settings.NODE_PRIORS_FROM = f"PACS@{LOOPBACK}:104"
    assert _arrive(node, EARLIEST, originator="MAMMONODE", calling="PACS").state == StudyState.PRIOR
    assert _arrive(node, EARLIEST, originator=originator, calling=calling).study_instance_uid
    assert Study.objects.get().state == state
    assert Study.objects.get().instances.count() == 1


def test_staff_can_have_a_prior_analysed(node: Receiver, settings: Settings) -> None:
    settings.NODE_PRIORS_FROM = f"PACS@{LOOPBACK}:104"
    study = _arrive(node, EARLIEST, originator="MAMMONODE", calling="PACS")
    assert dispatch.complete_by_staff(study.study_instance_uid)
    assert Round.objects.get().study == study
