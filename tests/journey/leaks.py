"""See that nothing of a patient stands in a log: the tests' patients have marks that occur nowhere else."""

from collections.abc import Mapping

# Parts of the name, the birth date and the Patient ID of every patient the journey tests invent.
# "Żółkiewska" loses its letters in Latin-1, its whole self in ASCII; so every spelling is looked for.
NAME = "Żółkiewska^Γωγώ"
BIRTH_DATE = "19530417"
PATIENT_ID = "PID-7Q4XK"

_MARKS = (
    *("Żółkiewska", "Γωγώ", "kiewska", "Phantom^", "19530417", "1953-04-17", "7Q4XK"),
    *("Jürgen", "Größe", "Łucja", "Διονυσιος", "山田", "太郎", "やまだ", "小东"),
)


def spellings() -> dict[bytes, str]:
    """Return every way in which a mark may reach a log: encodings, and the escapes of repr and JSON."""
    found: dict[bytes, str] = {}
    for mark in _MARKS:
        for encoding in ("utf-8", "utf-16-le", "iso8859-2", "iso8859-7"):
            raw = mark.encode(encoding, errors="ignore")
            # an encoding that cannot spell the mark leaves a rest that proves nothing
            if len(raw) >= 4 and raw.decode(encoding) == mark:
                found[raw] = f"{mark} ({encoding})"
                found[ascii(raw.decode("latin-1"))[1:-1].encode()] = f"{mark} (escaped {encoding})"
        found[ascii(mark)[1:-1].encode()] = f"{mark} (escaped)"
    return found


def refuse_patients(logs: Mapping[str, bytes]) -> None:
    """Raise where a log names a patient; the message shows the line."""
    for name, content in logs.items():
        for raw, meaning in spellings().items():
            at = content.find(raw)
            if at >= 0:
                start = content.rfind(b"\n", 0, at) + 1
                line = content[start : content.find(b"\n", at)][:400]
                raise AssertionError(f"The log {name} holds {meaning} of a patient: {line!r}")
