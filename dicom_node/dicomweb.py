"""One HTTP exchange with a DICOMweb origin: an answer, or a sentence about why there is none.

Redirects are not followed (a POST would become a GET), the environment's proxies and ``.netrc`` are not read,
and an answer longer than any that is expected is broken off.

References
----------
DICOM PS3.18 8 (requests and responses), RFC 9110 15 (status codes)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from pydicom.dataset import Dataset

from dicom_node.errors import SendError

DICOM_JSON = "application/dicom+json"

_MAXIMUM_ANSWER_BYTES = 16 * 1024 * 1024
_PART_BYTES = 64 * 1024

# RFC 9110 15, RFC 6585: what may be answered otherwise a little later
_TRANSIENT = frozenset({408, 423, 425, 429, 500, 502, 503, 504, 507})

# whatever a damaged value makes pydicom raise while it reads DICOM JSON
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, NotImplementedError, OverflowError)


@dataclass(frozen=True)
class Origin:
    """A server that speaks DICOMweb.

    Parameters
    ----------
    url : str
        The base, for example ``https://pacs.example/dicom-web``: no query, no user and password in it.
    bearer_token : str
        For ``Authorization: Bearer``; empty for none.
    user, password : str
        For Basic authentication; empty for none.
    ca_file : str
        Certificates to trust instead of the usual ones; empty for the usual ones.

    Raises
    ------
    SendError
        If the URL is none (permanent).
    """

    url: str
    bearer_token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            sentence = "A DICOMweb address is written https://host:port/path, without user, password and query."
            raise SendError(sentence, permanent=True)
        object.__setattr__(self, "url", self.url.rstrip("/"))

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class WebTimeouts:
    """How long to wait, in seconds: to connect, and between two bytes of the answer."""

    connect_seconds: float = 10.0
    response_seconds: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What an origin answered: the HTTP status, the media type (lower case, no parameters), headers, body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes

    def datasets(self) -> list[Dataset] | None:
        """Return the body's data sets; None where it is no DICOM JSON (PS3.18 F)."""
        try:
            found = json.loads(self.body)
            items = found if isinstance(found, list) else [found]
            return [Dataset.from_json(item) for item in items]
        except _MALFORMED:
            return None


def exchange(
    origin: Origin,
    method: str,
    path: str,
    *,
    timeouts: WebTimeouts | None = None,
    headers: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request below the origin's base and return the answer, whatever its status.

    Raises
    ------
    SendError
        If there is no answer: the origin is not reached, its certificate is not trusted, it ends the
        connection, is silent for too long, or answers without end. Never permanent.
    """
    timeouts = timeouts or WebTimeouts()
    with requests.Session() as session:
        session.trust_env = False
        if origin.ca_file:
            session.verify = origin.ca_file
        if origin.user:
            session.auth = (origin.user, origin.password)
        sent = {"Accept": DICOM_JSON, **(headers or {})}
        if origin.bearer_token:
            sent["Authorization"] = f"Bearer {origin.bearer_token}"
        try:
            with session.request(
                method,
                origin.url + path,
                headers=sent,
                params=parameters,
                data=body,
                timeout=(timeouts.connect_seconds, timeouts.response_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _read(response, origin)
        except (requests.RequestException, OSError) as error:
            raise SendError(_why(error, origin, timeouts), permanent=False) from error


def _read(response: requests.Response, origin: Origin) -> Answer:
    body = bytearray()
    for part in response.iter_content(_PART_BYTES):
        body += part
        if len(body) > _MAXIMUM_ANSWER_BYTES:
            raise SendError(f"{origin} answers more than {_MAXIMUM_ANSWER_BYTES} bytes.", permanent=False)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, media_type, response.headers, bytes(body))


def _why(error: Exception, origin: Origin, timeouts: WebTimeouts) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return f"The TLS connection to {origin} fails: its certificate is not trusted, or the versions differ."
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL):
        return f"{origin} cannot be reached."
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return f"{origin} did not answer within {timeouts.response_seconds:g} s."
    if isinstance(error, requests.exceptions.ConnectionError):
        return f"{origin} cannot be reached, or ended the connection."
    return f"{origin} ended the connection in the middle of its answer."


def is_permanent(status: int) -> bool:
    """Tell whether asking the same again cannot help after this HTTP status (RFC 9110 15)."""
    return status not in _TRANSIENT


def refusal(origin: Origin, answer: Answer, doing: str) -> SendError:
    """Return the error for an answer whose status alone says no.

    Parameters
    ----------
    origin : Origin
    answer : Answer
    doing : str
        What it was asked for, for the sentence.
    """
    hint = ""
    if answer.status in {401, 403}:
        hint = " Check the token or user that this node presents."
    elif 300 <= answer.status < 400:
        hint = f" It points to {answer.headers.get('Location', 'another address')}: configure that address."
    elif answer.status == 404:
        hint = " Check the address."
    return SendError(f"{origin} answered HTTP {answer.status} to {doing}.{hint}", permanent=is_permanent(answer.status))
