"""One study by every way out at once, with its prior fetched from Orthanc: nothing goes into the prior."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import hl7
import pydicom
import pytest
import requests
from fhir.resources.R4B.bundle import Bundle

from tests.journey import reports, studies
from tests.journey.conftest import StartNode
from tests.journey.mllp_peer import MllpPeer, acknowledgement, frame, mllp_peer
from tests.journey.node import Node, Study
from tests.journey.orthanc import Orthanc, orthanc
from tests.journey.ports import LOOPBACK
from tests.journey.sender import send
from tests.journey.waiting import wait_until
from tests.journey.web_peer import Asked, Told, WebPeer, told, web_peer

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

pytestmark = [
    pytest.mark.peer("Orthanc"),
    pytest.mark.skipif(not PLUGIN.exists(), reason="orthanc-dicomweb is not installed: run `make system-packages`"),
]


@dataclass(frozen=True)
class Journey:
    """What ended, and who got what."""

    node: Node
    archive: Orthanc
    fhir: WebPeer
    ris: MllpPeer
    current: studies.PhantomStudy
    prior: studies.PhantomStudy
    found: Study


def _create_all(asked: Asked) -> Told:
    entries = [{"response": {"status": "201 Created"}} for _ in json.loads(asked.body)["entry"]]
    return told(200, {"resourceType": "Bundle", "type": "transaction-response", "entry": entries})


def _prior_of(current: studies.PhantomStudy, folder: Path) -> studies.PhantomStudy:
    """Make an earlier study of the same patient."""
    patient_id = pydicom.dcmread(current.paths[0], stop_before_pixels=True).PatientID
    images = [studies.image("prior", laterality=side, view="CC", instance_number=n) for n, side in enumerate("RL", 1)]
    for one in images:
        one.PatientID, one.StudyDate = patient_id, "20200102"
    return studies.write(images, folder, "prior")


@pytest.fixture(scope="module")
def journey(start_node: StartNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Push one study to a node with every channel on, and wait until all is done."""
    folder = tmp_path_factory.mktemp("channels")
    current = studies.four_views(folder, "every channel")
    prior = _prior_of(current, folder)
    with (
        orthanc(folder, stable_age_seconds=3600, plugins=[PLUGIN]) as archive,
        web_peer(_create_all) as fhir,
        mllp_peer(lambda message, connection: connection.sendall(frame(acknowledgement(message)))) as ris,
    ):
        for path in prior.paths:
            archive.upload(path)
        node = start_node(
            NODE_PRIORS_FROM=archive.destination,
            NODE_STOW_DESTINATIONS=f"{archive.dicom_web_url}?read_back=yes",
            NODE_FHIR_DESTINATIONS=f"{fhir.url}/fhir",
            NODE_HL7_DESTINATIONS=f"RIS@{LOOPBACK}:{ris.port}",
            NODE_WORKLIST="true",
        )
        archive.know("MAMMONODE", node.dicom_port)
        assert all(answer.is_acknowledged for answer in send(current.paths, node.dicom_port))
        node.wait_for_study(current.uid, ("DELIVERED",))
        wait_until(
            lambda: (
                node.study(current.uid)["priors"][0]["state"] not in {"FOUND", "PARTIAL"}  # type: ignore[index]
                if node.study(current.uid)["priors"]  # type: ignore[index]
                else False
            ),
            90,
            "the prior fetched",
            seen=node.log_tail,
        )
        found = node.study(current.uid)
        assert found is not None
        yield Journey(node, archive, fhir, ris, current, prior, found)
        node.finish()


def test_every_destination_has_the_result(journey: Journey) -> None:
    states = {one["destination"].split()[0]: (one["state"], one["status"]) for one in journey.found["deliveries"]}
    assert states == {"STOW": ("VERIFIED", "0000"), "FHIR": ("SENT", "200"), "HL7": ("SENT", "AA")}


def test_orthanc_got_the_report_over_http(journey: Journey) -> None:
    (content,) = journey.archive.reports_of(journey.current.uid)
    report = pydicom.dcmread(BytesIO(content))
    assert reports.evidence(report) == set(journey.current.sop_instance_uids)


def test_fhir_and_hl7_say_what_the_node_found(journey: Journey) -> None:
    bundle = Bundle.model_validate_json(journey.fhir.asked[0].body)
    resources: list[Any] = [entry.resource for entry in bundle.entry or []]
    whole = next(one for one in resources if one.get_resource_type() == "Observation")
    probability = journey.found["probability"]
    assert float(whole.valueQuantity.value) == pytest.approx(probability * 100, abs=1e-4)
    message = hl7.parse(journey.ris.received[0])
    said = [str(obx(5)) for obx in message.segments("OBX") if str(obx(4)) == "STUDY"]
    assert [float(text) for text in said] == [pytest.approx(probability * 100, abs=1e-4)]
    assert len(journey.fhir.asked) == len(journey.ris.received) == 1


def test_the_prior_is_here_whole_and_nothing_went_into_it(journey: Journey) -> None:
    (prior,) = journey.found["priors"]
    assert (prior["study_instance_uid"], prior["state"]) == (journey.prior.uid, "RETRIEVED")
    assert (prior["images_here"], prior["images_expected"]) == (2, 2)
    kept = journey.node.study(journey.prior.uid)
    assert kept is not None
    assert (kept["state"], kept["round"], kept["reports"]) == ("PRIOR", 0, [])
    assert journey.archive.reports_of(journey.prior.uid) == []
    assert all(journey.node.archived(uid) is not None for uid in journey.prior.sop_instance_uids)


def test_the_worklist_answers_those_who_have_a_token(journey: Journey) -> None:
    assert journey.node.get("/dicom-web/workitems").status_code == 204
    assert requests.get(f"{journey.node.url}/dicom-web/workitems", timeout=30).status_code == 401
