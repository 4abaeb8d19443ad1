"""How long the chatbot takes for a message: ordinary texts, and texts made to be slow. ``make bench-chat``.

Each message goes through the whole web stack (routing, throttling left out, database, reading, rules) on an in-memory
database. Printed: median, 95th percentile and longest, in milliseconds, with the machine's load.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import yaml
from rich.console import Console
from rich.table import Table

ROUNDS = 300
BAR_MS = 300.0
VIGNETTES = Path(__file__).resolve().parents[1] / "tests" / "webapp" / "chatbot" / "vignettes"


def ordinary(chance: random.Random) -> str:
    """Return what a person may write."""
    rows: list[dict[str, Any]] = []
    for path in sorted(VIGNETTES.glob("*.yaml")):
        rows += yaml.safe_load(path.read_text(encoding="utf-8"))
    return str(chance.choice(rows)["says"])


def any_unicode(chance: random.Random) -> str:
    """Return up to 2,000 characters of anything."""
    letters = (
        chr(chance.choice((chance.randrange(32, 0xD800), chance.randrange(0xE000, 0x110000)))) for _ in range(2000)
    )
    return "".join(letters)[: chance.randrange(2001)]


def hostile(chance: random.Random) -> str:
    """Return the words that make most work, in any order, at full length."""
    words = [
        "lump",
        "no",
        "my",
        "mother",
        "breast",
        "nipple",
        "red",
        "blood",
        "pain",
        "forty",
        "two",
        "swolen",
        "not",
        ",",
    ]
    return " ".join(chance.choice(words) for _ in range(700))[:2000]


def measure(make: Callable[[random.Random], str]) -> list[float]:
    """Return the time of each message, in milliseconds."""
    from django.core.cache import cache
    from django.test import Client

    chance, client, times = random.Random(5), Client(), []
    for number in range(ROUNDS):
        cache.clear()
        if number % 5 == 0:
            opened = client.post("/api/chat/", {}, content_type="application/json").json()
        body = json.dumps({"text": make(chance)})
        started = time.perf_counter()
        answer = client.post(
            f"/api/chat/{opened['id']}/messages/",
            body,
            content_type="application/json",
            headers={"X-Chat-Token": opened["token"]},
        )
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code >= 500:
            sys.exit(f"the answer was {answer.status_code}")
    return times


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from webapp.chatbot.vocabulary import warm_up

    setup_test_environment()
    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    warm_up()
    console = Console()
    console.print(f"words compiled in {time.perf_counter() - started:.1f} s; load {os.getloadavg()[0]:.1f}")
    table = Table("messages", "median ms", "95 % ms", "longest ms", f"below {BAR_MS:.0f} ms at 95 %")
    for make in (ordinary, any_unicode, hostile):
        times = measure(make)
        share = statistics.quantiles(times, n=20)[-1]
        row = (
            f"{statistics.median(times):.1f}",
            f"{share:.1f}",
            f"{max(times):.1f}",
            "yes" if share < BAR_MS else "NO",
        )
        table.add_row(make.__name__.replace("_", " "), *row)
    console.print(table)


if __name__ == "__main__":
    main()
