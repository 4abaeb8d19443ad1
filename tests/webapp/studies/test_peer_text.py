"""A destination's profile as people write it."""

import pytest
from pytest_django.fixtures import Settings

from webapp.studies import peers
from webapp.studies.errors import PeerTextError
from webapp.studies.models import Destination
from webapp.studies.peer_text import (
    KINDS,
    ProfileText,
    parse_destination,
    parse_fhir,
    parse_hl7,
    parse_stow,
    split_destinations,
)

WHOLE = "PACS@10.0.0.5:104?objects=cad,measurement&commit=yes&read_back=yes&syntax=explicit&charset=latin-1"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def test_destination_without_a_profile_gets_the_defaults() -> None:
    assert parse_destination("PACS@10.0.0.5:104").profile == ProfileText(
        objects_wanted=("MEASUREMENT",),
        wants_commitment=False,
        wants_read_back=False,
        transfer_syntax="",
        character_set="ISO_IR 192",
    )


def test_whole_profile_is_read() -> None:
    found = parse_destination(WHOLE)
    assert (found.ae_title, found.host, found.port) == ("PACS", "10.0.0.5", 104)
    assert found.profile == ProfileText(("CAD", "MEASUREMENT"), True, True, EXPLICIT, "ISO_IR 100")


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("objects=cad", "objects_wanted", ("CAD",)),
        ("objects=cad,CAD, cad", "objects_wanted", ("CAD",)),
        ("objects=pdf%2Ckey_image", "objects_wanted", ("PDF", "KEY_IMAGE")),
        (f"objects={','.join(KINDS)}", "objects_wanted", tuple(kind.upper() for kind in KINDS)),
        ("commit=yes", "wants_commitment", True),
        ("commit=no", "wants_commitment", False),
        ("read_back=yes", "wants_read_back", True),
        ("syntax=explicit", "transfer_syntax", EXPLICIT),
        ("syntax=implicit", "transfer_syntax", IMPLICIT),
        ("charset=utf-8", "character_set", "ISO_IR 192"),
        ("charset=latin-1", "character_set", "ISO_IR 100"),
        ("tls=yes", "tls", "NAMED"),
        ("tls=any-name", "tls", "ANY-NAME"),
        ("tls=no", "tls", ""),
    ],
)
def test_each_word_of_a_profile_is_read_and_the_rest_stays(written: str, field: str, value: object) -> None:
    profile = parse_destination(f"PACS@host:104?{written}").profile
    assert getattr(profile, field) == value
    others = set(ProfileText.__dataclass_fields__) - {field}
    assert {name: getattr(profile, name) for name in others} == {name: getattr(ProfileText(), name) for name in others}


@pytest.mark.parametrize(
    "profile",
    [
        "objects=",
        "objects=dose",
        "objects=cad,dose",
        "commit",
        "commit=",
        "commit=yes&commit=no",
        "commit=maybe",
        "commit=YES",
        "read_back=1",
        "syntax=jpeg",
        "charset=ascii",
        "tls=maybe",
        "colour=red",
        "commit=yes&colour=red",
        "commit=yes,read_back=yes",
        "?commit=yes",
    ],
)
def test_profile_that_is_not_well_formed_is_refused_with_its_text_and_the_way_to_write_it(profile: str) -> None:
    text = f"PACS@host:104?{profile}"
    with pytest.raises(PeerTextError) as caught:
        parse_destination(text)
    assert repr(text) in str(caught.value)
    assert "commit=yes|no" in str(caught.value)


def test_comma_inside_a_profile_parts_no_destinations() -> None:
    words = tuple(f"{WHOLE},SECOND@host:105".split(","))
    assert split_destinations(words) == (WHOLE, "SECOND@host:105")


@pytest.mark.parametrize("profile", ["commit=yes", "syntax=explicit", "charset=latin-1", "tls=yes"])
def test_stow_has_objects_and_read_back_alone(profile: str) -> None:
    place = "https://pacs.example/dicom-web"
    wanted = parse_stow(f"{place}?objects=cad&read_back=yes").place.profile
    assert wanted == ProfileText(("CAD",), wants_read_back=True)
    with pytest.raises(PeerTextError, match="objects and read_back alone"):
        parse_stow(f"{place}?{profile}")


def test_fhir_and_hl7_have_no_profile() -> None:
    with pytest.raises(PeerTextError, match="no profile"):
        parse_fhir("https://ehr.example/fhir?objects=cad")
    with pytest.raises(PeerTextError, match="no profile"):
        parse_hl7("EHR@host:2575?commit=yes")


@pytest.mark.django_db
def test_profile_becomes_the_row_of_the_destination(settings: Settings) -> None:
    settings.NODE_DESTINATIONS = tuple(WHOLE.split(","))
    peers.adopt_settings()
    row = Destination.objects.get()
    assert (row.objects_wanted, row.wants_commitment, row.wants_read_back) == (["CAD", "MEASUREMENT"], True, True)
    assert (row.transfer_syntax, row.character_set) == (EXPLICIT, "ISO_IR 100")
