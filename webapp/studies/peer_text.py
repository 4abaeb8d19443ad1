"""Destinations and peers as people write them: ``AE@host:port?profile`` and ``AE@address``."""

import ipaddress
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from webapp.studies.errors import PeerTextError

_EXAMPLE = "PACS@10.0.0.5:104 or PACS@10.0.0.5:104?objects=cad,measurement&commit=yes"
KINDS = ("measurement", "cad", "key_image", "presentation", "pdf")
_SWITCH = MappingProxyType({"yes": True, "no": False})
SYNTAXES = MappingProxyType({"explicit": "1.2.840.10008.1.2.1", "implicit": "1.2.840.10008.1.2"})
ANY_NAME = "ANY-NAME"
TLS = MappingProxyType({"no": "", "yes": "NAMED", "any-name": ANY_NAME})
CHARACTER_SETS = MappingProxyType({"utf-8": "ISO_IR 192", "latin-1": "ISO_IR 100"})


@dataclass(frozen=True)
class ProfileText:
    """What a destination wants. The defaults are what it gets where nothing is written."""

    objects_wanted: tuple[str, ...] = ("MEASUREMENT",)
    wants_commitment: bool = False
    wants_read_back: bool = False
    transfer_syntax: str = ""
    character_set: str = "ISO_IR 192"
    tls: str = ""


@dataclass(frozen=True)
class DestinationText:
    """One destination of ``NODE_DESTINATIONS``."""

    ae_title: str
    host: str
    port: int
    profile: ProfileText = field(default_factory=ProfileText)


@dataclass(frozen=True)
class WebText:
    """One destination over HTTP: its base address, and the same as name, host, port and profile."""

    url: str
    place: DestinationText


@dataclass(frozen=True)
class PeerText:
    """One peer of ``NODE_ALLOWED_PEERS``."""

    ae_title: str
    address: str


def _ae_title(text: str, whole: str) -> str:
    title = text.strip()
    if not 1 <= len(title) <= 16 or "\\" in title or not title.isascii() or not title.isprintable():
        raise PeerTextError(f"{whole!r}: an AE title has 1 to 16 printable ASCII characters and no backslash.")
    return title


def split_destinations(words: tuple[str, ...]) -> tuple[str, ...]:
    """Join what a comma inside a profile's list of objects has parted."""
    joined: list[str] = []
    for word in words:
        if "@" in word or not joined:
            joined.append(word)
        else:
            joined[-1] = f"{joined[-1]},{word}"
    return tuple(joined)


def parse_destination(text: str) -> DestinationText:
    """Read ``AE@host:port``, and the profile behind ``?`` where there is one."""
    place, _, profile = text.partition("?")
    title, at, rest = place.partition("@")
    host, colon, port = rest.rpartition(":")
    if not at or not colon or not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise PeerTextError(f"{text!r}: a destination is written AE@host:port, for example {_EXAMPLE}.")
    return DestinationText(_ae_title(title, text), host.strip("[]"), int(port), _profile(profile, text))


def split_web_addresses(words: tuple[str, ...]) -> tuple[str, ...]:
    """Join what a comma inside a profile's list of objects has parted."""
    joined: list[str] = []
    for word in words:
        if "://" in word or not joined:
            joined.append(word)
        else:
            joined[-1] = f"{joined[-1]},{word}"
    return tuple(joined)


def parse_web_address(text: str) -> WebText:
    """Read the base address of a DICOMweb or FHIR server, and the profile behind ``?`` where there is one."""
    url, _, profile = text.partition("?")
    hint = f"{text!r}: a web destination is written https://host/path, without user and password."
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise PeerTextError(hint) from None
    if not port or not parts.hostname or parts.username or parts.fragment:
        raise PeerTextError(hint)
    return WebText(url, DestinationText(parts.scheme, parts.hostname, port, _profile(profile, text)))


def parse_stow(text: str) -> WebText:
    """Read a STOW-RS destination: it commits nothing, and objects go as they are."""
    found = parse_web_address(text)
    profile = found.place.profile
    if profile != ProfileText(profile.objects_wanted, wants_read_back=profile.wants_read_back):
        raise PeerTextError(f"{text!r}: the profile of a STOW-RS destination has objects and read_back alone.")
    return found


def parse_fhir(text: str) -> WebText:
    """Read a FHIR destination: it has no profile."""
    found = parse_web_address(text)
    if found.place.profile != ProfileText():
        raise PeerTextError(f"{text!r}: a FHIR destination has no profile.")
    return found


def parse_hl7(text: str) -> DestinationText:
    """Read an HL7 destination, ``APPLICATION@host:port``: it has no profile."""
    found = parse_destination(text)
    if found.profile != ProfileText():
        raise PeerTextError(f"{text!r}: an HL7 destination has no profile.")
    return found


def _profile(text: str, whole: str) -> ProfileText:
    try:
        given = _words(text)
        found = ProfileText(
            objects_wanted=_objects(given.pop("objects", "measurement")),
            wants_commitment=_SWITCH[given.pop("commit", "no")],
            wants_read_back=_SWITCH[given.pop("read_back", "no")],
            transfer_syntax="" if "syntax" not in given else SYNTAXES[given.pop("syntax")],
            character_set=CHARACTER_SETS[given.pop("charset", "utf-8")],
            tls=TLS[given.pop("tls", "no")],
        )
    except (KeyError, ValueError):
        given = {"": text}
    if given:
        raise PeerTextError(
            f"{whole!r}: a profile is written objects={'|'.join(KINDS)} (several with commas), commit=yes|no, "
            "read_back=yes|no, syntax=explicit|implicit, charset=utf-8|latin-1, tls=yes|any-name|no, parted by &: for "
            f"example {_EXAMPLE}."
        )
    return found


def _words(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True) if text else []
    if len(dict(pairs)) != len(pairs):
        raise ValueError(text)
    return dict(pairs)


def _objects(text: str) -> tuple[str, ...]:
    names = [name.strip().lower() for name in text.split(",")]
    if not set(names) <= set(KINDS):
        raise ValueError(text)
    return tuple(dict.fromkeys(name.upper() for name in names))


def parse_peer(text: str) -> PeerText:
    """Read ``AE@address``; the AE title may be ``*``, the address a network."""
    title, at, address = text.partition("@")
    if not at:
        raise PeerTextError(f"{text!r}: a peer is written AE@address, for example PACS@10.0.0.5 or *@10.0.0.0/24.")
    try:
        network = ipaddress.ip_network(address.strip(), strict=False)
    except ValueError:
        raise PeerTextError(f"{text!r}: {address!r} is no IP address or network.") from None
    single = network.num_addresses == 1
    return PeerText(_ae_title(title, text), str(network.network_address) if single else str(network))
