"""The trail of the running node: many ask at once, each leaves its event, and the chain holds."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import requests

from tests.journey.node import Node

READERS, TIMES = 8, 10


def _events(node: Node) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"file:{node.data / 'node.sqlite3'}?mode=ro", uri=True)) as line:
        told = "SELECT actor_kind, actor, address, outcome FROM audit_auditevent WHERE event = 'query' ORDER BY id"
        return line.execute(told).fetchall()


def test_readers_at_once_leave_one_event_each_in_one_chain(node: Node) -> None:
    before = len(_events(node))

    def read(_: int) -> list[int]:
        with requests.Session() as session:
            session.headers.update(node.authorization)
            url = f"{node.url}/api/v1/studies/"
            return [session.get(url, timeout=60).status_code for _ in range(TIMES)]

    with ThreadPoolExecutor(READERS) as readers:
        answers = [status for statuses in readers.map(read, range(READERS)) for status in statuses]
    assert answers == [200] * READERS * TIMES
    told = _events(node)[before:]
    # a node that others ask as well may have more of them
    assert told.count(("token", "admin", "127.0.0.1", "success")) >= READERS * TIMES
    assert "events hold; head" in node.manage("audit_verify")
    nobody = requests.get(f"{node.url}/api/v1/studies/", headers={"X-Forwarded-For": "192.0.2.7"}, timeout=60)
    assert nobody.status_code == 401
    assert _events(node)[-1] == ("visitor", "127.0.0.1", "127.0.0.1", "refused")
