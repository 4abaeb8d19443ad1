"""multipart/related bodies, read as they come: no part ever stands in memory (RFC 2046 5.1, RFC 2387).

Strict where leniency could change an object: a delimiter stands at the beginning of a line, lines end with CR LF, and
a body without its last delimiter is broken. What comes before the first delimiter and after the last is thrown away.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

CHUNK_BYTES: Final = 256 * 1024
MOST_PARTS: Final = 1000
_MOST_HEADERS: Final = 32
_LONGEST_LINE: Final = 4096
# of one part's header fields together: those of all parts stand in memory
_LONGEST_HEAD: Final = 8192
_LONGEST_MARGIN: Final = 64 * 1024
_LINE_END: Final = b"\r\n"
# RFC 2046 5.1.1
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class MultipartError(Exception):
    """The body is not well-formed; the text says where."""


class TooLargeError(Exception):
    """The body is larger than it may be; the text says in which way."""


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Append."""


@dataclass(frozen=True)
class SpooledPart:
    """One part: its header fields, by lower-case names, and where its content lies in the spool."""

    headers: dict[str, str]
    offset: int
    size_bytes: int


def is_boundary(text: str) -> bool:
    """Tell whether a text may be a boundary."""
    return _BOUNDARY.fullmatch(text) is not None


def spool(read: Callable[[int], bytes], boundary: str, sink: Sink, bytes_limit: int) -> list[SpooledPart]:
    """Read a whole body and write the content of its parts, one behind the other.

    Parameters
    ----------
    read
        Returns at most so many bytes of the body, none at its end.
    boundary
        As the media type has it.
    sink
        Takes the contents.
    bytes_limit
        Of the body.

    Raises
    ------
    MultipartError
        If the body is malformed, or ends before its last delimiter.
    TooLargeError
        If it has too many bytes or parts.
    """
    body = _Body(read, bytes_limit)
    delimiter = b"\r\n--" + boundary.encode("ascii")
    body.copy_until(delimiter, _Margin())
    parts: list[SpooledPart] = []
    offset = 0
    while body.opens_part():
        if len(parts) == MOST_PARTS:
            raise TooLargeError(f"The body has more than {MOST_PARTS} parts.")
        headers = body.headers()
        size = body.copy_until(delimiter, sink)
        parts.append(SpooledPart(headers, offset, size))
        offset += size
    body.drain(_Margin())
    return parts


class _Margin:
    """Takes what stands outside the parts, as long as it is little."""

    def __init__(self) -> None:
        self._bytes = 0

    def write(self, data: bytes, /) -> int:
        self._bytes += len(data)
        if self._bytes > _LONGEST_MARGIN:
            raise MultipartError("Too much stands outside the parts of the body.")
        return len(data)


class _Body:
    """The bytes that were read and not yet used."""

    def __init__(self, read: Callable[[int], bytes], bytes_limit: int) -> None:
        self._read = read
        self._bytes_limit = bytes_limit
        self._bytes_read = 0
        # so that the first delimiter is found at the very beginning, too
        self._buffer = bytearray(_LINE_END)

    def copy_until(self, delimiter: bytes, target: Sink) -> int:
        """Move what stands before the delimiter, and drop the delimiter; return how much it was."""
        copied = 0
        while (found := self._buffer.find(delimiter)) < 0:
            copied += self._move(len(self._buffer) - len(delimiter) + 1, target)
            self._fill()
        copied += self._move(found, target)
        del self._buffer[: len(delimiter)]
        return copied

    def opens_part(self) -> bool:
        """Read the rest of a delimiter's line; tell whether a part follows, rather than the end."""
        while len(self._buffer) < 2:
            self._fill()
        if self._buffer.startswith(b"--"):
            del self._buffer[:2]
            return False
        if self._line().strip(b" \t"):
            raise MultipartError("A line begins with the boundary and goes on.")
        return True

    def headers(self) -> dict[str, str]:
        """Read the header fields of a part."""
        found: dict[str, str] = {}
        size = 0
        while line := self._line():
            size += len(line)
            if size > _LONGEST_HEAD:
                raise MultipartError(f"The header fields of a part are longer than {_LONGEST_HEAD} bytes together.")
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not name.isascii() or not name.strip() or name.strip().lower() in found:
                raise MultipartError("The header fields of a part are malformed.")
            if len(found) == _MOST_HEADERS:
                raise MultipartError(f"A part has more than {_MOST_HEADERS} header fields.")
            found[name.strip().lower()] = value.strip()
        return found

    def drain(self, target: Sink) -> None:
        """Read to the end."""
        while True:
            self._move(len(self._buffer), target)
            chunk = self._read(CHUNK_BYTES)
            if not chunk:
                return
            self._buffer += chunk

    def _line(self) -> bytes:
        while (found := self._buffer.find(_LINE_END)) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                break
            self._fill()
        if not 0 <= found <= _LONGEST_LINE:
            raise MultipartError(f"A header field of a part is longer than {_LONGEST_LINE} bytes.")
        line = bytes(self._buffer[:found])
        del self._buffer[: found + len(_LINE_END)]
        return line

    def _move(self, size: int, target: Sink) -> int:
        if size <= 0:
            return 0
        target.write(bytes(memoryview(self._buffer)[:size]))
        del self._buffer[:size]
        return size

    def _fill(self) -> None:
        chunk = self._read(CHUNK_BYTES)
        if not chunk:
            raise MultipartError("The body ends before its last delimiter.")
        self._bytes_read += len(chunk)
        if self._bytes_read > self._bytes_limit:
            raise TooLargeError(f"The body has more than {self._bytes_limit / 1024**2:g} MiB.")
        self._buffer += chunk
