"""Destinations and allowed peers: their text, their rows, their decision."""

import pytest
from pytest_django.fixtures import Settings

from webapp.studies import peers
from webapp.studies.errors import PeerTextError
from webapp.studies.models import AllowedPeer, Destination
from webapp.studies.peer_text import parse_destination, parse_peer

pytestmark = pytest.mark.django_db


def test_destination_is_read_with_its_parts() -> None:
    found = parse_destination("PACS@10.0.0.5:104")
    assert (found.ae_title, found.host, found.port) == ("PACS", "10.0.0.5", 104)


@pytest.mark.parametrize(
    "text", ["PACS", "PACS@host", "PACS@host:0", "PACS@host:99999", "PACS@:104", "A" * 17 + "@h:1", "@h:1", "B\\D@h:1"]
)
def test_destination_that_is_not_well_formed_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(PeerTextError) as caught:
        parse_destination(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["PACS", "PACS@nowhere", "PACS@10.0.0.0/99"])
def test_peer_that_is_not_well_formed_is_refused(text: str) -> None:
    with pytest.raises(PeerTextError):
        parse_peer(text)


def test_nobody_is_allowed_when_the_list_is_empty_and_loopback_is_not_open(settings: Settings) -> None:
    settings.NODE_LOOPBACK_OPEN = False
    assert not peers.is_allowed("PACS", "127.0.0.1")


def test_open_loopback_lets_nobody_else_in(settings: Settings) -> None:
    settings.NODE_LOOPBACK_OPEN = True
    assert peers.is_allowed("ANY", "127.0.0.1")
    assert peers.is_allowed("ANY", "::1")
    assert not peers.is_allowed("ANY", "10.0.0.5")


def test_title_and_address_must_both_match(settings: Settings) -> None:
    settings.NODE_LOOPBACK_OPEN = False
    AllowedPeer.objects.create(ae_title="PACS", address="10.0.0.5")
    assert peers.is_allowed("PACS", "10.0.0.5")
    assert peers.is_allowed("PACS ", "::ffff:10.0.0.5")
    assert not peers.is_allowed("OTHER", "10.0.0.5")
    assert not peers.is_allowed("PACS", "10.0.0.6")


def test_star_and_network_cover_many(settings: Settings) -> None:
    settings.NODE_LOOPBACK_OPEN = False
    AllowedPeer.objects.create(ae_title="*", address="10.0.0.0/24")
    assert peers.is_allowed("ANY", "10.0.0.77")
    assert not peers.is_allowed("ANY", "10.0.1.77")


def test_settings_become_rows_and_leave_the_admins_rows_alone(settings: Settings) -> None:
    Destination.objects.create(ae_title="MINE", host="h", port=1)
    settings.NODE_DESTINATIONS = ("PACS@10.0.0.5:104",)
    settings.NODE_ALLOWED_PEERS = ("PACS@10.0.0.5",)
    peers.adopt_settings()
    settings.NODE_DESTINATIONS, settings.NODE_ALLOWED_PEERS = (), ()
    peers.adopt_settings()
    assert list(Destination.objects.filter(active=True).values_list("ae_title", flat=True)) == ["MINE"]
    assert not AllowedPeer.objects.exists()
