"""WADO-RS: objects, headers, pixels and pictures of what the user may see (PS3.18 10.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.request import Request

from dicom_node import convert, frames, metadata, preview
from dicom_node.errors import ConversionError, DicomNodeError
from dicom_node.image_file import MALFORMED
from webapp.paging import is_whole
from webapp.portal import caching, multipart, negotiation
from webapp.portal.dicomweb import DicomwebView, json_type
from webapp.portal.dicomweb_storing import Storing
from webapp.portal.multipart import Part
from webapp.portal.negotiation import MediaRange
from webapp.problems import Problem
from webapp.studies.headers import read_header
from webapp.studies.models import Instance

_DICOM: Final = "application/dicom"
_OCTETS: Final = "application/octet-stream"
_EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
_PNG: Final = "image/png"
_JPEG: Final = "image/jpeg"
_PIXEL_DATA: Final = "7FE00010"
_LONGEST_RENDERED_SIDE: Final = 4096
# to be raised when the same header gives other metadata
_FORM_OF_METADATA: Final = 1


class Retrieve(DicomwebView):
    """The objects of a series, or one: Part 10 files as they came."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with multipart/related, or with the one file where the client asks for it."""
        rows = list(self.instances(request, uids))
        is_multipart = _is_multipart(request, rows, may_be_single="instance" in uids)
        # before anything goes out: a file that is gone cannot be told of in the middle of an answer
        paths = [_path(row) for row in rows]
        keeping = caching.FOR_EVER if "instance" in uids else caching.ASK_AGAIN
        tag = caching.tag_of(_DICOM, [_state(row) for row in rows], weak=is_multipart)
        known = caching.unchanged(request, tag, keeping)
        if known is not None:
            return known
        if not is_multipart:
            return caching.mark(caching.in_range(request, paths[0], _DICOM, tag), tag, keeping)
        parts = (
            Part(f"{_DICOM}; transfer-syntax={row.transfer_syntax_uid}", path)
            for row, path in zip(rows, paths, strict=True)
        )
        return caching.mark(_in_parts(request, parts, _DICOM), tag, keeping)


class OneStudy(Storing, Retrieve):
    """The objects of a study, and more of them to store."""


class Metadata(DicomwebView):
    """The headers of a study, a series, or one instance."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with DICOM JSON."""
        media_type = json_type(request)
        rows = list(self.instances(request, uids))
        base = request.build_absolute_uri("/dicom-web")
        states = [_state(row) for row in rows]
        tag = caching.tag_of(media_type, base, _FORM_OF_METADATA, states, weak=True)
        known = caching.unchanged(request, tag, caching.ASK_AGAIN)
        if known is not None:
            return known
        found = [_metadata(base, row) for row in rows]
        return caching.mark(JsonResponse(found, safe=False, content_type=media_type), tag, caching.ASK_AGAIN)


@dataclass(frozen=True)
class _Form:
    """How the pixels are given: as what, uncompressed or as stored, and whether as a part."""

    media_type: str
    uncompressed: bool
    multipart: bool


class _Pixels(DicomwebView):
    """What frames and the bulk data of Pixel Data share."""

    def pixels(self, request: Request, uids: dict[str, str]) -> HttpResponseBase:
        """Answer with the one frame that every object here has, as a part or alone."""
        row = self.instances(request, uids).get()
        form = _form_of_pixels(request, row)
        path = _path(row)
        tag = caching.tag_of(form, _state(row), weak=form.multipart)
        known = caching.unchanged(request, tag, caching.FOR_EVER)
        if known is not None:
            return known
        try:
            frame = frames.read_frame(path, uncompressed=form.uncompressed)
        except ConversionError as error:
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"The pixels cannot be given: {error}") from None
        media_type = f"{form.media_type}; transfer-syntax={frame.transfer_syntax_uid}"
        return _bytes(request, frame.data, media_type, tag, multipart=form.multipart)


class Frames(_Pixels):
    """The pixels of one instance, as stored or uncompressed."""

    def get(self, request: Request, numbers: str, **uids: str) -> HttpResponseBase:
        """Answer with the frame of this number."""
        if numbers != "1":
            raise Problem(HTTPStatus.NOT_FOUND, "There is one frame, number 1.")
        return self.pixels(request, uids)


class BulkData(_Pixels):
    """A long value of one instance, by its tag."""

    def get(self, request: Request, tag: str, **uids: str) -> HttpResponseBase:
        """Answer with the pixels, or with another value of the header that is bytes."""
        if tag.upper() == _PIXEL_DATA:
            return self.pixels(request, uids)
        row = self.instances(request, uids).get()
        wanted = next((one for one in negotiation.accepted(request) if _takes(one, _OCTETS)), None)
        if wanted is None:
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"Bulk data are given as {_OCTETS}. Please accept that.")
        value = _value(_path(row), tag)
        if value is None:
            raise Problem(HTTPStatus.NOT_FOUND, "The object has no bulk data under this tag.")
        etag = caching.tag_of(tag.upper(), wanted.is_multipart, _state(row), weak=wanted.is_multipart)
        known = caching.unchanged(request, etag, caching.FOR_EVER)
        return known or _bytes(request, value, _OCTETS, etag, multipart=wanted.is_multipart)


class Rendered(DicomwebView):
    """One instance as a picture, with its own grey level transformations applied."""

    def get(self, request: Request, **uids: str) -> HttpResponseBase:
        """Answer with the picture, at most as large as ``viewport=width,height`` says."""
        row = self.instances(request, uids).get()
        side = _side(request)
        media_type = _picture_type(request)
        path = _path(row)
        tag = caching.tag_of(media_type, side, _state(row))
        known = caching.unchanged(request, tag, caching.FOR_EVER)
        if known is not None:
            return known
        encode = preview.preview_png if media_type == _PNG else preview.preview_jpeg
        try:
            grey = convert.convert(path)
            picture = encode(grey.pixels, longest_side=side, pixel_aspect=grey.pixel_aspect)
        except ConversionError as error:
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"The image cannot be shown: {error}") from None
        return caching.mark(HttpResponse(picture, content_type=media_type), tag, caching.FOR_EVER)


def _picture_type(request: Request) -> str:
    for wanted in negotiation.accepted(request):
        for media_type in (_PNG, _JPEG):
            if wanted.takes(media_type):
                return media_type
    raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"Pictures are given as {_PNG} or {_JPEG}. Please accept one of them.")


def _side(request: Request) -> int:
    given = request.query_params.get("viewport", "")
    sides = [int(part) for part in given.split(",")[:2] if is_whole(part, 1)]
    if given and len(sides) != 2:
        raise Problem(HTTPStatus.BAD_REQUEST, "viewport is width,height in pixels, such as 512,512.")
    return min([*sides, _LONGEST_RENDERED_SIDE])


def _takes(wanted: MediaRange, media_type: str) -> bool:
    return wanted.takes(media_type, multipart=wanted.is_multipart)


def _is_multipart(request: Request, rows: Iterable[Instance], *, may_be_single: bool) -> bool:
    """Tell whether the client gets parts; 406 where it takes neither parts nor the one file."""
    syntaxes = {row.transfer_syntax_uid for row in rows}
    for wanted in negotiation.accepted(request):
        if (
            _takes(wanted, _DICOM)
            and all(map(wanted.takes_syntax, syntaxes))
            and (wanted.is_multipart or may_be_single)
        ):
            return wanted.is_multipart
    raise Problem(
        HTTPStatus.NOT_ACCEPTABLE,
        f'Objects are given as they are stored: accept {negotiation.MULTIPART}; type="{_DICOM}"; transfer-syntax=*.',
    )


def _form_of_pixels(request: Request, row: Instance) -> _Form:
    stored = row.transfer_syntax_uid
    image_type = frames.MEDIA_TYPES.get(stored)
    for wanted in negotiation.accepted(request):
        as_stored = wanted.takes_syntax(stored)
        if _takes(wanted, _OCTETS) and (as_stored or wanted.transfer_syntax == _EXPLICIT_LITTLE_ENDIAN):
            return _Form(_OCTETS, not as_stored, wanted.is_multipart)
        if image_type is not None and as_stored and _takes(wanted, image_type):
            return _Form(image_type, False, wanted.is_multipart)
    raise Problem(
        HTTPStatus.NOT_ACCEPTABLE,
        f"The pixels are given as {_OCTETS}, in transfer syntax {stored} or {_EXPLICIT_LITTLE_ENDIAN}.",
    )


def _bytes(request: Request, data: bytes, media_type: str, tag: str, *, multipart: bool) -> HttpResponseBase:
    if multipart:
        answer: HttpResponseBase = _in_parts(request, [Part(media_type, data)], media_type)
    else:
        answer = caching.in_range(request, data, media_type, tag)
    return caching.mark(answer, tag, caching.FOR_EVER)


def _in_parts(request: Request, parts: Iterable[Part], media_type: str) -> HttpResponseBase:
    # who asks for the head alone gets it alone
    return multipart.answer([] if request.method == "HEAD" else parts, media_type)


def _path(row: Instance) -> Path:
    path: Path = settings.NODE_ARCHIVE_DIR / row.path
    if not path.is_file():
        raise Problem(HTTPStatus.GONE, f"The file of {row.sop_instance_uid} is not in the archive any more.")
    return path


def _state(row: Instance) -> tuple[str, ...]:
    """Return what changes when an object's bytes do: it never happens, and would be seen."""
    path: Path = settings.NODE_ARCHIVE_DIR / row.path
    facts = path.stat() if path.is_file() else None
    changing = ("", "") if facts is None else (str(facts.st_size), str(facts.st_mtime_ns))
    return (row.sop_instance_uid, row.path, row.transfer_syntax_uid, *changing)


def _metadata(base: str, row: Instance) -> dict[str, Any]:
    uri = (
        f"{base}/studies/{row.study.study_instance_uid}/series/{row.series_instance_uid}"
        f"/instances/{row.sop_instance_uid}/bulkdata"
    )
    try:
        return metadata.to_dicom_json(read_header(_path(row)), row.transfer_syntax_uid, uri)
    except DicomNodeError as error:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"{row.sop_instance_uid}: {error}") from None


def _value(path: Path, tag: str) -> bytes | None:
    """Return an element of the header that is bytes; None where there is none."""
    try:
        header = read_header(path)
        value = header[int(tag, 16)].value if len(tag) == 8 else None
    except DicomNodeError:
        return None
    except MALFORMED:
        return None
    return value if isinstance(value, bytes) else None
