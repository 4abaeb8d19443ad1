"""Typed reading of header attributes."""

import pytest
from pydicom.dataset import Dataset

from dicom_node import attributes
from dicom_node.errors import ConversionError


def test_an_attribute_is_named_as_people_write_it() -> None:
    assert attributes.name("Rows") == "Rows (0028,0010)"


def test_absent_and_empty_are_alike() -> None:
    header = Dataset()
    header.ViewPosition = ""
    header.WindowCenter = None
    header.ImageType = None

    assert attributes.text(header, "ViewPosition") is None
    assert attributes.text(header, "Laterality") is None
    assert attributes.decimal(header, "WindowCenter") is None
    assert attributes.integer(header, "Rows") is None
    assert attributes.texts(header, "ImageType") == ()
    assert attributes.items(header, "ViewCodeSequence") == ()
    assert attributes.octets(header, "LUTData") is None


def test_values_come_typed() -> None:
    header = Dataset()
    header.ImageType = ["ORIGINAL", "", "x "]
    header.WindowCenter = ["1.5", "2"]
    header.Rows = 7
    header.ViewPosition = " cc "

    assert attributes.texts(header, "ImageType") == ("ORIGINAL", "x")
    assert attributes.decimals(header, "WindowCenter") == (1.5, 2.0)
    assert attributes.required_integer(header, "Rows") == 7
    assert attributes.term(header, "ViewPosition") == "CC"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_must_be_finite(value: str) -> None:
    header = Dataset()
    header.add_new(0x00281050, "LO", value)

    with pytest.raises(ConversionError, match="finite"):
        attributes.decimal(header, "WindowCenter")


def test_a_malformed_value_is_named_but_not_quoted() -> None:
    header = Dataset()
    header.add_new(0x00280010, "LO", "secret")

    with pytest.raises(ConversionError) as caught:
        attributes.integer(header, "Rows")

    assert "(0028,0010)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_required_value_is_missed() -> None:
    with pytest.raises(ConversionError, match="missing"):
        attributes.required_integer(Dataset(), "Rows")
