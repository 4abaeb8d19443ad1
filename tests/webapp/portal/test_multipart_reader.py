"""Bodies in parts: what a well-formed one holds comes out bit by bit, whatever the pieces it comes in."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.portal import multipart_reader
from webapp.portal.multipart_reader import MultipartError, TooLargeError

BOUNDARY = "0f3cf5c0"


def _in_pieces(body: bytes, size: int) -> Callable[[int], bytes]:
    stream = io.BytesIO(body)
    return lambda wanted: stream.read(min(wanted, size))


def _read(body: bytes, size: int = 7, limit: int = 10**6) -> list[tuple[dict[str, str], bytes]]:
    file = io.BytesIO()
    parts = multipart_reader.spool(_in_pieces(body, size), BOUNDARY, file, limit)
    content = file.getvalue()
    return [(part.headers, content[part.offset : part.offset + part.size_bytes]) for part in parts]


def _body(*contents: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    return b"".join(head + content + b"\r\n" for content in contents) + f"--{BOUNDARY}--\r\n".encode()


# among the bytes are those that a parser looks for
_content = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"--", b"--0f3cf5c", b"0f3cf5c0", b"\r\n--0f3cf5c", b"x", b"\0"])
).map(b"".join)


@given(
    contents=st.lists(_content.filter(lambda text: b"\r\n--0f3cf5c0" not in b"\r\n" + text)), size=st.integers(1, 99)
)
def test_contents_come_out_as_they_went_in(contents: list[bytes], size: int) -> None:
    read = _read(_body(*contents), size)
    assert [content for _, content in read] == contents
    assert all(headers == {"content-type": "application/dicom"} for headers, _ in read)


@given(body=st.binary(max_size=200) | _content, size=st.integers(1, 99))
def test_any_bytes_are_read_or_refused(body: bytes, size: int) -> None:
    for text in (body, _body(b"one") + body, _body(b"one")[:-4] + body):
        try:
            _read(text, size)
        except MultipartError:
            continue


@given(cut=st.integers(0, len(_body(b"one", b"two")) - 5))
def test_what_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(MultipartError):
        _read(_body(b"one", b"two")[:cut])


def test_what_stands_around_the_parts_is_thrown_away() -> None:
    assert [content for _, content in _read(b"preamble\r\n" + _body(b"one") + b"epilogue")] == [b"one"]
    for body in (b"x" * 70_000 + b"\r\n" + _body(b"one"), _body(b"one") + b"x" * 70_000):
        with pytest.raises(MultipartError, match="outside the parts"):
            _read(body, 10_000)


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"a%d: b\r\n" % number for number in range(33)) + b"\r\n",
        b"no colon\r\n\r\n",
        b": no name\r\n\r\n",
        b"a: b\r\na: c\r\n\r\n",
        b"a: " + b"b" * 5000 + b"\r\n\r\n",
    ],
)
def test_malformed_header_fields_are_refused(head: bytes) -> None:
    with pytest.raises(MultipartError):
        _read(f"--{BOUNDARY}\r\n".encode() + head + f"one\r\n--{BOUNDARY}--".encode())


def test_too_many_bytes_or_parts_are_refused() -> None:
    with pytest.raises(TooLargeError, match="MiB"):
        _read(_body(b"x" * 2000), limit=1024)
    with pytest.raises(TooLargeError, match="more than 1000 parts"):
        _read(_body(*[b""] * 1001), 10_000)


@pytest.mark.parametrize(("text", "is_one"), [("a-b", True), ("a b", True), ("a ", False), ("", False), ("é", False)])
def test_boundary_has_the_letters_of_the_standard(text: str, is_one: bool) -> None:
    assert multipart_reader.is_boundary(text) is is_one
    assert not multipart_reader.is_boundary("x" * 71)


def test_headers_that_are_long_together_are_refused() -> None:
    fields = "".join(f"X-{number}: {3000 * 'x'}\r\n" for number in range(3))
    body = f"--{BOUNDARY}\r\n{fields}\r\none\r\n--{BOUNDARY}--\r\n".encode()
    with pytest.raises(MultipartError, match="8192 bytes together"):
        _read(body, 999)
