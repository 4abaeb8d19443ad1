"""A patient's name goes into the report as it came, letter for letter, and into no log."""

from collections.abc import Callable
from functools import partial

import pydicom
import pytest
from pydicom.dataset import FileDataset

from tests import figures
from tests.journey import leaks, studies
from tests.journey.node import ENDED, Node
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import send

NAMES: dict[str, tuple[str | list[str], str]] = {
    "UTF-8": ("ISO_IR 192", leaks.NAME),
    "Latin-1": ("ISO_IR 100", "Phantom^Jürgen=Größe"),
    "Latin-2": ("ISO_IR 101", "Żółkiewska^Łucja"),
    "Greek": ("ISO_IR 126", "Διονυσιος^Γωγώ"),
    "Japanese": (["", "ISO 2022 IR 87"], "Phantom^Taro=山田^太郎=やまだ^たろう"),
    "Chinese": ("GB18030", "Phantom^XiaoDong=王^小东"),
}


def _patient(name: str, character_set: str | list[str], patient_name: str) -> FileDataset:
    image = studies.image(name)
    image.SpecificCharacterSet = character_set
    image.PatientName = patient_name
    return image


@pytest.fixture(scope="module")
def sent(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, studies.PhantomStudy]:
    """One study a character set, sent one after the other and waited for together."""
    folder, made = tmp_path_factory.mktemp("names"), {}
    for spelling, (character_set, patient_name) in NAMES.items():
        name = f"privacy {spelling}"
        made[spelling] = studies.write([_patient(name, character_set, patient_name)], folder, name)
        assert all(answer.is_acknowledged for answer in send(made[spelling].paths, node.dicom_port))
    return made


@pytest.mark.parametrize("spelling", NAMES)
def test_a_name_survives_into_the_report(
    node: Node, playing_pacs: PlayingPacs, sent: dict[str, studies.PhantomStudy], spelling: str
) -> None:
    patient_name, study = NAMES[spelling][1], sent[spelling]
    received = pydicom.dcmread(study.paths[0], stop_before_pixels=True)

    node.wait_for_study(study.uid)

    (report,) = playing_pacs.reports(study.uid).values()
    assert str(report.PatientName) == str(received.PatientName) == patient_name
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert report.PatientID == received.PatientID
    assert report.PatientBirthDate == received.PatientBirthDate


def _beyond_the_standard(image: FileDataset) -> None:
    """Break the rules of the patient's attributes: libraries like to quote what they dislike."""
    image.PatientBirthDate = f"{leaks.BIRTH_DATE}99"
    image.PatientID = leaks.PATIENT_ID * 20
    image.PatientName = "^".join([leaks.NAME] * 9)
    image.PatientAge = f"{leaks.BIRTH_DATE} years"
    image.OtherPatientIDs = leaks.PATIENT_ID * 20


def _without_most_of_its_pixels(image: FileDataset) -> None:
    image.PixelData = image.PixelData[:1000]


def _with_a_date_for_a_number(image: FileDataset) -> None:
    image.WindowCenter = f"{leaks.BIRTH_DATE}.0"


def _nothing(image: FileDataset) -> None:
    """Leave the image alone: its bytes are changed later."""


def _as_it_is(content: bytes) -> bytes:
    return content


def _in_another_character_set(content: bytes, defined_term: bytes) -> bytes:
    """Name a character set in which the name's bytes make no sense, or none that exists."""
    assert content.count(b"ISO_IR 192") == 1
    return content.replace(b"ISO_IR 192", defined_term)


def _of_another_kind(content: bytes, vr: bytes) -> bytes:
    """Call name, birth date and Patient ID something else: whoever converts them fails, and may say of what."""
    for element in (b"\x10\x00\x10\x00PN", b"\x10\x00\x30\x00DA", b"\x10\x00\x20\x00LO"):
        assert content.count(element) == 1
        content = content.replace(element, element[:4] + vr)
    return content


TROUBLE: dict[str, Callable[[FileDataset], None]] = {
    "attributes beyond the standard": _beyond_the_standard,
    "most pixels missing": _without_most_of_its_pixels,
    "a number that is none": _with_a_date_for_a_number,
}


def _no_longer_a_number(content: bytes) -> bytes:
    number = f"{leaks.BIRTH_DATE}.0".encode()
    assert content.count(number) == 1
    return content.replace(number, number[:-2] + b"x ")


# damage that only bytes can have
TROUBLE_IN_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "a number that is none": _no_longer_a_number,
    "a wrong character set": partial(_in_another_character_set, defined_term=b"ISO_IR 13 "),
    "an unknown character set": partial(_in_another_character_set, defined_term=b"NO SUCH SE"),
    "a name that calls itself FD": partial(_of_another_kind, vr=b"FD"),
    "a name that calls itself SL": partial(_of_another_kind, vr=b"SL"),
    "a name that calls itself IS": partial(_of_another_kind, vr=b"IS"),
    "a name that calls itself XX": partial(_of_another_kind, vr=b"XX"),
}
KINDS = tuple({**TROUBLE, **TROUBLE_IN_BYTES})


@pytest.fixture(scope="module")
def troubled(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Send a study of each kind of trouble and see it through; return how each ended."""
    folder = tmp_path_factory.mktemp("trouble")
    ended, accepted = {}, {}
    for kind in KINDS:
        with pydicom.config.disable_value_validation():
            image = studies.image(f"trouble {kind}")
            TROUBLE.get(kind, _nothing)(image)
            study = studies.write([image], folder, kind)
        for path in study.paths:
            path.write_bytes(TROUBLE_IN_BYTES.get(kind, _as_it_is)(path.read_bytes()))
        (answer,) = send(study.paths, node.dicom_port)
        if answer.is_acknowledged:
            accepted[kind] = study.uid
        else:
            ended[kind] = f"refused with {answer.status}"
    for kind, uid in accepted.items():
        ended[kind] = str(node.wait_for_study(uid, ENDED)["state"])
    return ended


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_in_trouble_comes_to_an_end(troubled: dict[str, str], kind: str) -> None:
    figures.note(f"study with {kind}: {troubled[kind]}")
    assert troubled[kind]


def test_no_log_names_a_patient(node: Node, troubled: dict[str, str]) -> None:
    logs = node.logs()
    assert len(logs) > 1, "no log files to look at"
    assert sum(map(len, logs.values())) > 1000, "nothing was logged"
    leaks.refuse_patients(logs)


@pytest.mark.parametrize(
    "line",
    [
        "stored for Żółkiewska^Γωγώ",
        repr({"PatientName": "Żółkiewska"}.items()),
        ascii("Γωγώ"),
        "PatientBirthDate 1953-04-17",
        "Invalid value for VR DA: '1953041799'",
        "(0010,0020) LO: 'PID-7Q4XK-1'",
    ],
)
def test_the_search_for_patients_knows_every_spelling(line: str) -> None:
    with pytest.raises(AssertionError, match="of a patient"):
        leaks.refuse_patients({"a.log": f"first line\n{line}\nlast line".encode()})
