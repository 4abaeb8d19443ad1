"""A C-STORE sender that is never the bottleneck: the object is encoded once and goes out by sendfile.

Run as ``python -m benchmarks.sender PORT CALLED_AE OBJECT IMAGES SENDER``: it prints ``ready``, waits for a
line, associates, sends the object IMAGES times, each time under a fresh SOP Instance UID, waits for each status,
and prints how many seconds that took, and how many of CPU time.
"""

import os
import socket
import sys
import time
from pathlib import Path

from tests.dicom_node import wire
from tests.dicom_node.wire import RawPeer

PLACEHOLDER_UID = f"2.25.1{0:038d}"
"""Stands in OBJECT where the SOP Instance UID belongs; every UID sent has its length."""

_PDU_MAXIMUM = 1 << 20
_SECONDS = 300.0


def send(peer: RawPeer, fragments: int, size: int, head: bytes, uid: str, message_id: int) -> None:
    """Send one object and wait for its status."""
    peer.send(wire.store_command(uid, message_id=message_id))
    peer.socket.sendall(head.replace(PLACEHOLDER_UID.encode(), uid.encode()), socket.MSG_MORE)
    position = len(head)
    while position < size:
        position += os.sendfile(peer.socket.fileno(), fragments, position, size - position)
    status = peer.status()
    if status != 0:
        raise SystemExit(f"C-STORE was answered by {status:04X}")


def encode_object(path: Path, port: int, called: str) -> bytes:
    """Return an object as P-DATA-TF PDUs of the size the receiver likes best."""
    with RawPeer(port, _SECONDS) as peer:
        accept = peer.associate(wire.associate_request(called))
        peer.release()
    maximum = min(wire.maximum_length_of(accept) or _PDU_MAXIMUM, _PDU_MAXIMUM)
    return b"".join(wire.fragments(path.read_bytes(), (maximum - 6) & ~1))


def main() -> None:
    """Learn the receiver's maximum length, wait for the word, associate and send."""
    port, called, path, images, sender = sys.argv[1:]
    encoded = encode_object(Path(path), int(port), called)
    head, size = encoded[:4096], len(encoded)
    fragments_path = Path(f"{path}.{os.getpid()}")
    fragments_path.write_bytes(encoded)
    del encoded
    with fragments_path.open("rb") as fragments:
        fragments_path.unlink()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        begun, used = time.perf_counter(), time.process_time()
        with RawPeer(int(port), _SECONDS) as peer:
            peer.socket.settimeout(None)  # sendfile does not wait otherwise
            peer.associate(wire.associate_request(called))
            for number in range(int(images)):
                uid = f"2.25.1{int(sender) * 1_000_000 + number:038d}"
                send(peer, fragments.fileno(), size, head, uid, number % 65535 + 1)
            seconds, used = time.perf_counter() - begun, time.process_time() - used
            peer.release()
    sys.stdout.write(f"{seconds:.6f} {used:.6f}\n")


if __name__ == "__main__":
    main()
