"""The process that decodes uploads: small, limited in memory, and killed without regret.

``python -m webapp.diagnosis.decode_child SOCKET BYTES``: takes jobs from an inherited socket, one at a time. With each
job come two open files, the upload to read and an empty one for the grey levels; a file without a name leaves
nothing behind, whoever is killed. The answer is one line of JSON. It ends when the socket does.
"""

import json
import os
import resource
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from webapp.diagnosis import decoding
from webapp.diagnosis.errors import Refusal
from webapp.diagnosis.pictures import PIXELS_LIMIT, damaged

JOB = b"decode\n"
READY = {"ready": True}


def main(descriptor: int, memory_limit_bytes: int) -> None:
    """Answer jobs until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the node, which hangs up
    cv2.setNumThreads(1)
    _limit(memory_limit_bytes)
    with socket.socket(fileno=descriptor) as line:
        _answer(line, READY)
        while True:
            said, files, _, _ = socket.recv_fds(line, len(JOB), 2)
            if not said or len(files) != 2:
                return
            if not _serve(line, files[0], files[1]):
                return


def _limit(memory_limit_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit_bytes, memory_limit_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * PIXELS_LIMIT, 2 * PIXELS_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(line: socket.socket, source: int, target: int) -> bool:
    """Do one job; False when this process should end after it."""
    try:
        answer, goes_on = _decode(source, target), True
    except Refusal as refusal:
        answer, goes_on = {"status": refusal.status, "detail": refusal.detail}, True
    except MemoryError:
        detail = "Decoding the image needs more memory than an upload may use. Please export it in a simpler form."
        answer, goes_on = {"status": 413, "detail": detail, "ends": True}, False
    except Exception:  # whatever a decoder makes of damaged bytes: this process exists for that
        answer, goes_on = {"status": damaged().status, "detail": damaged().detail}, True
    finally:
        os.close(source)
        os.close(target)
    _answer(line, answer)
    return goes_on


def _decode(source: int, target: int) -> dict[str, Any]:
    with os.fdopen(os.dup(source), "rb") as file:
        pixels, facts = decoding.decode(file, Path(f"/dev/fd/{source}"))
    with os.fdopen(os.dup(target), "wb") as out:
        np.ascontiguousarray(pixels).tofile(out)
    return {"facts": asdict(facts)}


def _answer(line: socket.socket, answer: dict[str, Any]) -> None:
    line.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
