"""The golden pictures never change."""

import hashlib

import pytest

from inference.golden import COUNT, golden_view

DIGESTS = (
    "00925a841b828875a83519dce1bb9ed28858053513d3ecc39d91d911b5fc395f",
    "4849e61009ee7f68c6271006155c3f399d7f34d28586ecfa378d4eb72b948cdc",
    "269fb69b3f06508fd45367732d0d073129170c027ec806ea000182bcd68498b8",
)


@pytest.mark.parametrize("index", range(COUNT))
def test_golden_pictures_are_the_same_bytes_for_ever(index: int) -> None:
    assert hashlib.sha256(golden_view(index).pixels.astype("<u2").tobytes()).hexdigest() == DIGESTS[index]


def test_there_are_no_further_golden_pictures() -> None:
    with pytest.raises(IndexError, match="no golden picture 3"):
        golden_view(COUNT)
