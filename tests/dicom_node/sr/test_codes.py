import unicodedata

import pytest
from pydicom.sr._concepts_dict import concepts

from dicom_node import geometry
from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.codes import Concept


def _all_concepts() -> list[Concept]:
    single = [value for value in vars(codes).values() if isinstance(value, Concept)]
    return [*single, *codes.MODALITIES.values(), *codes.LATERALITIES.values(), *codes.VIEWS.values()]


def test_no_meaning_carries_an_invisible_character() -> None:
    for concept in _all_concepts():
        assert all(unicodedata.category(letter)[0] not in "CZ" or letter == " " for letter in concept.meaning)


@pytest.mark.parametrize("scheme", ["DCM", "SCT"])
def test_each_standard_code_is_in_the_standard(scheme: str) -> None:
    dictionary: dict[str, dict[str, object]] = concepts[scheme]  # type: ignore[assignment]
    known = {value for by_value in dictionary.values() for value in by_value}
    assert {concept.value for concept in _all_concepts() if concept.scheme == scheme} <= known


def test_a_report_can_name_every_view_the_node_recognises() -> None:
    assert set(codes.VIEWS) == set(geometry.VIEWS)


def test_concepts_are_compared_by_value_and_scheme_not_by_meaning() -> None:
    assert codes.MALIGNANT.means(Concept("21594007", "SCT", "malign"))
    assert not codes.MALIGNANT.means(Concept("21594007", "DCM", "Malignant"))
    assert not codes.MALIGNANT.means(codes.BENIGN)


@pytest.mark.parametrize(
    ("value", "scheme", "meaning"),
    [
        ("", "DCM", "Empty value"),
        ("12345678901234567", "DCM", "Value of 17 characters"),
        ("1", "99A_VERY_LONG_NAME", "Scheme of 18 characters"),
        ("1", "DCM", "m" * 65),
        ("1", "DCM", "Impression/\u200bRecommendation"),
        ("1", "DCM", "two\nlines"),
        ("1", "DCM", "a\\b"),
    ],
)
def test_a_concept_that_no_code_sequence_could_carry_is_refused(value: str, scheme: str, meaning: str) -> None:
    with pytest.raises(ReportError, match="printable characters"):
        Concept(value, scheme, meaning)
