"""The same journey on PostgreSQL with RabbitMQ or Redis: environment variables alone make the difference."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pydicom
import pytest

from tests.journey import dcmtk, leaks, reports, servers, studies
from tests.journey.conftest import StartNode
from tests.journey.node import WORKER, Node
from tests.journey.ports import LOOPBACK
from tests.journey.processes import run
from tests.journey.programs import path_of
from tests.journey.sender import send
from tests.journey.servers import Server
from tests.journey.waiting import wait_until

Broker = Callable[[], contextlib.AbstractContextManager[Server]]
BROKERS: dict[str, Broker] = {"RabbitMQ": servers.rabbitmq, "Redis": servers.redis}


@dataclass(frozen=True)
class Plant:
    """A node, its database server and the PACS it reports to."""

    node: Node
    database: Server
    pacs: dcmtk.StoreScp


@pytest.fixture(scope="module", params=BROKERS)
def plant(
    request: pytest.FixtureRequest, start_node: StartNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Plant]:
    with contextlib.ExitStack() as running:
        pacs = running.enter_context(dcmtk.storescp(tmp_path_factory.mktemp("storescp")))
        database = running.enter_context(servers.postgresql())
        broker = running.enter_context(BROKERS[request.param]())
        node = start_node(
            NODE_DESTINATIONS=pacs.destination,
            DATABASE_URL=database.url,
            CELERY_BROKER_URL=broker.url,
            # only the expected views, or the staff, end the waiting
            NODE_STUDY_QUIET_SECONDS="3600",
        )
        yield Plant(node, database, pacs)
        node.finish()


def _reports(plant: Plant, study_uid: str) -> list[pydicom.Dataset]:
    found = [pydicom.dcmread(path) for path in plant.pacs.files()]
    return [report for report in found if report.StudyInstanceUID == study_uid]


def test_a_study_comes_back_as_a_report(plant: Plant, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "servers")
    assert all(answer.is_acknowledged for answer in send(study.paths, plant.node.dicom_port))

    found = plant.node.wait_for_study(study.uid)

    (report,) = _reports(plant, study.uid)
    assert report.SOPInstanceUID == found["reports"][0]["sop_instance_uid"]
    assert reports.evidence(report) == set(study.sop_instance_uids)
    assert str(report.PatientName) == leaks.NAME


def test_the_rows_are_in_postgresql_and_no_embedded_default_was_touched(plant: Plant) -> None:
    port = plant.database.url.rsplit(":", 1)[1].split("/")[0]
    count = run(
        [path_of("psql"), "-h", LOOPBACK, "-p", port, "-U", "mammonode", "-Atc", "select count(*) from studies_study"]
    )
    assert count.returncode == 0, count.stdout
    assert int(count.stdout) >= 1
    assert list(plant.node.data.glob("*.sqlite3*")) == []
    assert not (plant.node.data / "queue").exists()


def test_a_study_is_complete_when_staff_says_so(plant: Plant, tmp_path: Path) -> None:
    study = studies.write([studies.image("by command")], tmp_path, "by command")
    send(study.paths, plant.node.dicom_port)
    known = wait_until(lambda: plant.node.study(study.uid), 10, "the study known")
    assert known["state"] == "RECEIVING"

    plant.node.manage("complete_study", study.uid)

    plant.node.wait_for_study(study.uid)
    assert len(_reports(plant, study.uid)) == 1


def test_a_worker_killed_at_its_inference_costs_a_delay_and_no_report(plant: Plant, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "servers kill")
    victims = psutil.Process(plant.node.pid(WORKER)).children(recursive=True)
    assert all(answer.is_acknowledged for answer in send(study.paths, plant.node.dicom_port))
    wait_until(lambda: plant.node.study(study.uid), 10, "the study known")
    for victim in victims:
        os.kill(victim.pid, signal.SIGKILL)
    psutil.wait_procs(victims, timeout=10)

    found = plant.node.wait_for_study(study.uid, timeout_seconds=120)

    assert found["round"] == 1
    assert len(_reports(plant, study.uid)) == 1
