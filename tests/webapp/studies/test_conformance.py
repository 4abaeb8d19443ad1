"""The conformance statement says what the code does."""

import re
from pathlib import Path

import pytest
from pynetdicom import AE

from dicom_node import contexts, scp
from dicom_node.archive import Archive
from dicom_node.commitment_scp import CommitmentScp
from tests.journey.ports import LOOPBACK
from webapp.portal import dicomweb_urls
from webapp.studies import conformance
from webapp.studies.models import Report
from webapp.workitems import urls as worklist_urls

PAGE = conformance.PAGE.read_text(encoding="utf-8")
# PS3.2 Annex A: what a statement has
SECTIONS = (
    "1. Overview",
    "3. Introduction",
    "4. Networking",
    "4.2.1 Association policies",
    "4.3 DICOMweb",
    "5. Media interchange",
    "6. Support of character sets",
    "7. Security",
    "8. Annexes",
)


def test_tables_of_the_statement_are_current() -> None:
    assert conformance.refreshed(PAGE) == PAGE


def test_statement_has_every_table_once() -> None:
    assert sorted(re.findall(r"<!-- table: ([\w-]+) -->", PAGE)) == sorted(conformance.TABLES)


@pytest.mark.parametrize("section", SECTIONS)
def test_statement_has_the_sections_of_the_standard(section: str) -> None:
    assert re.search(rf"^#+ {re.escape(section)}", PAGE, re.MULTILINE)


def test_stale_table_is_noticed() -> None:
    stale = PAGE.replace("1.2.840.10008.5.1.4.1.1.13.1.3", "1.2.840.10008.5.1.4.1.1.2")
    assert conformance.refreshed(stale) != stale
    assert conformance.refreshed(stale) == PAGE


def test_mark_without_a_table_is_refused() -> None:
    with pytest.raises(KeyError):
        conformance.refreshed("<!-- table: invented -->\n<!-- end of table -->")


def test_every_context_of_the_code_stands_in_the_tables() -> None:
    accepted, proposed = conformance.accepted(), conformance.proposed()
    for context in contexts.accepted_contexts(commitment=True):
        assert f"`{context.abstract_syntax}`" in accepted
    for context in (
        *contexts.report_contexts(),
        *contexts.companion_contexts(),
        *contexts.verification_contexts(),
        *contexts.commitment_contexts(),
        *contexts.query_contexts(),
    ):
        assert f"`{context.abstract_syntax}`" in proposed


def test_every_kind_of_report_has_its_class() -> None:
    classes = conformance.KIND_SOP_CLASSES
    assert list(classes) == Report.Kind.values
    assert set(classes.values()) == {*contexts.REPORT_SOP_CLASSES, *contexts.COMPANION_SOP_CLASSES}


def test_every_dicomweb_resource_stands_in_the_statement() -> None:
    section = PAGE[PAGE.index("### 4.3") : PAGE.index("### 4.4")]
    for pattern in (*dicomweb_urls.urlpatterns, *worklist_urls.urlpatterns):
        resource = re.sub(r"<str:(\w+)>", r"{\1}", str(pattern.pattern))
        parts = resource.split("/")
        # written in full, or from one of its last parts on
        written = {resource, *(".../" + "/".join(parts[-count:]) for count in range(1, 5))}
        assert any(f"`{one}`" in section for one in written), resource


def test_receiving_node_accepts_what_the_statement_says(tmp_path: Path) -> None:
    """Over a real association: the classes of the table are accepted, others are not."""
    archive = Archive(tmp_path, 0)
    service = CommitmentScp(archive, "NODE", on_result=lambda result: None, find_peer=lambda title: None)
    running = scp.start(
        scp.ScpSettings("NODE", LOOPBACK, 0, archive),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda title, address: True,
        commitment=service,
    )
    stated = set(re.findall(r"`(1\.2\.840\.10008[\d.]+)`", conformance.accepted()))
    entity = AE("ASKING")
    for uid in sorted(stated | set(conformance.KIND_SOP_CLASSES.values())):
        entity.add_requested_context(uid)
    association = entity.associate(LOOPBACK, running.port, ae_title="NODE")
    try:
        assert {str(context.abstract_syntax) for context in association.accepted_contexts} == stated
    finally:
        association.release()
        service.stop()
        running.stop(0.0)
