import pytest

from dicom_node.sr.library import LibraryImage, image_library
from tests.dicom_node.sr.cases import small, spoil
from tests.dicom_node.sr.faults import child, name_of
from tests.synthetic import make_secondary_capture


def _described(image: LibraryImage) -> dict[str, object]:
    entry = child(image_library([image]), "126200", "260753009")
    described: dict[str, object] = {}
    for item in entry.ContentSequence:
        assert item.RelationshipType == "HAS ACQ CONTEXT"
        if item.ValueType == "CODE":
            described[name_of(item)] = item.ConceptCodeSequence[0].CodeValue
        elif item.ValueType == "NUM":
            described[name_of(item)] = float(item.MeasuredValueSequence[0].NumericValue)
        else:
            described[name_of(item)] = item.TextValue
    return described


def test_a_mammogram_is_described_by_what_its_header_states() -> None:
    assert _described(LibraryImage(small(laterality="R", view="CC"), "R", "CC")) == {
        "121139": "MG",
        "111027": "24028007",
        "110910": 32,
        "110911": 24,
        "111031": "399162004",
        "111044": "P",
        "111043": "L",
        "111026": 0.25,
        "111066": 0.25,
    }


def test_side_and_view_come_from_the_node_not_from_the_header() -> None:
    described = _described(LibraryImage(small(laterality="R", view="CC"), None, None))
    assert "111027" not in described
    assert "111031" not in described


@pytest.mark.parametrize(
    ("keyword", "value", "absent"),
    [
        ("ImagerPixelSpacing", b"0.1", "111026"),
        ("ImagerPixelSpacing", b"0.1\\wide", "111026"),
        ("ImagerPixelSpacing", b"0\\0.1 ", "111026"),
        ("ImagerPixelSpacing", b"0.1\\1e999 ", "111026"),
        ("PatientOrientation", b"A\\?", "111044"),
        ("PatientOrientation", b"CC", "111044"),
        ("PatientOrientation", b"", "111044"),
        ("Rows", b"\0\0", "110910"),
    ],
)
def test_what_the_header_does_not_state_validly_is_not_described(keyword: str, value: bytes, absent: str) -> None:
    header = small()
    spoil(header, keyword, value)
    assert absent not in _described(LibraryImage(header, "L", "CC"))


def test_horizontal_and_vertical_spacing_are_not_confused() -> None:
    header = small()
    header.ImagerPixelSpacing = ["0.3", "0.1"]
    described = _described(LibraryImage(header, "L", "CC"))
    assert (described["111066"], described["111026"]) == (0.3, 0.1)


def test_a_digitised_film_is_mammography_and_any_other_modality_is_other() -> None:
    film = make_secondary_capture(rows=32, columns=24)
    assert _described(LibraryImage(film, "L", "CC"))["121139"] == "MG"
    film.Modality = "CR"
    assert _described(LibraryImage(film, "L", "CC"))["121139"] == "OT"
    del film.Modality
    assert _described(LibraryImage(film, "L", "CC"))["121139"] == "OT"
