"""Loopback ports that nobody else uses."""

import os
import random
import socket

LOOPBACK = "127.0.0.1"

# below the kernel's range for outgoing connections, so that no connection takes a port between choice and use
_FIRST, _LAST = 20000, 32000
_given: set[int] = set()
# seeded by the process, so that two runs on one machine start looking at different places
_order = random.Random(os.getpid())
# the processes of one run look in ranges of their own: what one has chosen and not yet taken is free to another
_PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
_SHARE = (_LAST - _FIRST) // _PROCESSES


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now and was not given out before."""
    for _ in range(1000):
        port = _FIRST + _PROCESS * _SHARE + _order.randrange(_SHARE)
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"No free TCP port between {_FIRST} and {_LAST}.")


def is_open(port: int) -> bool:
    """Tell whether somebody listens on the port of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
