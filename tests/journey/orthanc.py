"""Debian's Orthanc as the PACS: it forwards a study to the node as soon as the study is stable."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.journey.ports import LOOPBACK, free_port
from tests.journey.processes import ChildProcess
from tests.journey.programs import path_of

AE_TITLE = "ORTHANC"
START_SECONDS = 30

# The report that comes back makes the study stable once more: only a growing number of images sends it again.
_FORWARD_NEW_IMAGES = """
local forwarded = {}

function OnStableStudy(studyId, tags, metadata)
  local images = 0
  local mammograms = {}
  for _, series in pairs(ParseJson(RestApiGet('/studies/' .. studyId .. '/series'))) do
    if series['MainDicomTags']['Modality'] == 'MG' then
      images = images + #series['Instances']
      table.insert(mammograms, series['ID'])
    end
  end
  if images > (forwarded[studyId] or 0) then
    forwarded[studyId] = images
    RestApiPost('/modalities/node/store', DumpJson({Resources = mammograms, Asynchronous = true}))
  end
end
"""


class Orthanc:
    """A running Orthanc, asked and told over its REST interface."""

    def __init__(self, dicom_port: int, http_port: int, start: Callable[[], ChildProcess]) -> None:
        self.ae_title = AE_TITLE
        self.dicom_port = dicom_port
        self._start = start
        self.process = start()
        self._url = f"http://{LOOPBACK}:{http_port}"
        self.dicom_web_url = f"{self._url}/dicom-web"
        self._http = requests.Session()

    @property
    def destination(self) -> str:
        """The word for NODE_DESTINATIONS."""
        return f"{self.ae_title}@{LOOPBACK}:{self.dicom_port}"

    def get(self, path: str) -> Any:
        answer = self._http.get(self._url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def is_up(self) -> bool:
        try:
            return bool(self.get("/system"))
        except requests.RequestException:
            return False

    def restart(self) -> None:
        """Start again over the same storage, after it was killed."""
        self.process = self._start()
        self.process.wait_for(self.is_up, START_SECONDS, "answering")

    def know(self, ae_title: str, port: int) -> None:
        """Tell Orthanc where the node listens."""
        entry = {"AET": ae_title, "Host": LOOPBACK, "Port": port}
        self._http.put(f"{self._url}/modalities/node", json=entry, timeout=30).raise_for_status()

    def upload(self, path: Path) -> None:
        self._http.post(f"{self._url}/instances", data=path.read_bytes(), timeout=60).raise_for_status()

    def instances_of(self, study_instance_uid: str) -> list[dict[str, Any]]:
        """Return what Orthanc holds of a study: one row of tags an instance."""
        query = {
            "Level": "Instance",
            "Expand": True,
            "Query": {"StudyInstanceUID": study_instance_uid},
        }
        answer = self._http.post(f"{self._url}/tools/find", json=query, timeout=30)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def file_of(self, orthanc_instance: str) -> bytes:
        answer = self._http.get(f"{self._url}/instances/{orthanc_instance}/file", timeout=60)
        answer.raise_for_status()
        return answer.content

    def reports_of(self, study_instance_uid: str) -> list[bytes]:
        """Return the Part 10 files of the study's Structured Reports."""
        rows = self.instances_of(study_instance_uid)
        modality = {row["ParentSeries"]: "" for row in rows}
        for series in modality:
            modality[series] = self.get(f"/series/{series}")["MainDicomTags"].get("Modality", "")
        return [self.file_of(row["ID"]) for row in rows if modality[row["ParentSeries"]] == "SR"]

    def times_stable(self, study_instance_uid: str) -> int:
        """Return how often the study became stable."""
        rows = self.instances_of(study_instance_uid)
        if not rows:
            return 0
        study = self.get(f"/series/{rows[0]['ParentSeries']}")["ParentStudy"]
        changes = self.get("/changes?since=0&limit=100000")["Changes"]
        return sum(change["ChangeType"] == "StableStudy" and change["ID"] == study for change in changes)

    def transfers(self) -> list[dict[str, Any]]:
        """Return the C-STORE jobs that Orthanc started of its own accord."""
        jobs = self.get("/jobs?expand")
        return [job for job in jobs if job["Type"] == "DicomModalityStore"]


@contextlib.contextmanager
def orthanc(folder: Path, *, stable_age_seconds: int = 1, plugins: Sequence[Path] = ()) -> Iterator[Orthanc]:
    """Start an Orthanc on free ports that sends the new images of each stable study to ``node``."""
    program = path_of("Orthanc")
    dicom_port, http_port = free_port(), free_port()
    script = folder / "forward.lua"
    script.write_text(_FORWARD_NEW_IMAGES, encoding="ascii")
    settings = {
        "Name": "Journey",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": AE_TITLE,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "StableAge": stable_age_seconds,
        "LuaScripts": [str(script)],
        "DicomModalities": {},
        "DicomModalitiesInDatabase": True,
        "Plugins": [str(plugin) for plugin in plugins],
        "JobsHistorySize": 1000,
    }
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps(settings), encoding="utf-8")
    peer = Orthanc(
        dicom_port,
        http_port,
        lambda: ChildProcess("Orthanc", [program, configuration], folder / "orthanc.log", folder=folder),
    )
    try:
        peer.process.wait_for(peer.is_up, START_SECONDS, "answering")
        yield peer
        peer.process.stop()
    finally:
        peer.process.kill()
