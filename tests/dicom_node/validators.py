"""Three independent validators of Structured Reports, and what each of them finds wrong.

- ``dciodvfy`` (dicom3tools): attributes, representations, modules, evidence. Blind to templates.
- ``dsrdump`` (DCMTK): the content tree against the rules of the IOD, references inside it. Blind to codes.
- PixelMed's ``DicomSRValidator``: templates, context groups, units, order. Blind to the header.

``dcentvfy`` compares the attributes of patient, study and series across files. Exit codes say little here, so
the words are read.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("dciodvfy", "dcentvfy", "dsrdump", "java")

_JARS = tuple(Path("/usr/share/java") / f"{name}.jar" for name in ("pixelmed", "commons-codec", "vecmath"))
_RUNNER = Path(__file__).with_name("ValidateReports.java")
# current virtual machines limit XPath expressions, and PixelMed's are larger
_NO_XPATH_LIMITS = tuple(f"-Djdk.xml.xpath{limit}=0" for limit in ("ExprGrpLimit", "ExprOpLimit", "TotalOpLimit"))
_FEWER_THREADS = ("-XX:+UseSerialGC",)
_SECONDS = 540

# without each of these PixelMed has not looked at the whole document
_COMPLETE = (
    r"Found \w+ IOD",
    r"Found Root Template \w+",
    "Root Template Validation Complete",
    "IOD validation complete",
)
_NOT_EXTENSIBLE = "TID_4000"
# DCMTK says these of every document in UTF-8, and of every Mammography CAD SR; they are no faults
_NOTICES = (
    "The VR checker does not support this Specific Character Set: ISO_IR 192",
    "Check for template constraints not yet supported",
)
_NOT_IN_TEMPLATE = "Content Item not in template"


@dataclass(frozen=True)
class Verdict:
    """What each validator finds wrong with one file; three empty tuples for a valid one."""

    dciodvfy: tuple[str, ...]
    dsrdump: tuple[str, ...]
    pixelmed: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """All of it, each line with its validator before it."""
        return tuple(
            f"{name}: {line}"
            for name, lines in (("dciodvfy", self.dciodvfy), ("dsrdump", self.dsrdump), ("PixelMed", self.pixelmed))
            for line in lines
        )

    @property
    def caught_by(self) -> tuple[str, ...]:
        """The validators that found a fault."""
        found = (("dciodvfy", self.dciodvfy), ("dsrdump", self.dsrdump), ("PixelMed", self.pixelmed))
        return tuple(name for name, lines in found if lines)


def validate(paths: Iterable[Path], until_caught: Iterable[Path] = ()) -> dict[Path, Verdict]:
    """Run the validators over Structured Reports; one virtual machine serves all files.

    `paths` are judged by all three. For those of `until_caught` PixelMed, the slow one, is asked only where the
    other two find nothing.
    """
    everywhere, quick = list(paths), list(until_caught)
    others = {path: (check_attributes(path), check_tree(path)) for path in (*everywhere, *quick)}
    templates = check_templates([*everywhere, *(path for path in quick if others[path] == ((), ()))])
    return {path: Verdict(*found, templates.get(path, ())) for path, found in others.items()}


def check_attributes(path: Path) -> tuple[str, ...]:
    """Return dciodvfy's errors."""
    done = _run(["dciodvfy", "-new", str(path)])
    errors = tuple(line for line in done.splitlines() if line.startswith("Error"))
    recognised = any(re.fullmatch(r"[A-Z]\w+", line.strip()) for line in done.splitlines())
    return errors if recognised or errors else (f"no IOD recognised: {done[:200]}",)


def check_tree(path: Path) -> tuple[str, ...]:
    """Return dsrdump's errors and warnings; its warnings are faults nearly always."""
    done = _run(["dsrdump", "+Pl", str(path)])
    return tuple(line for line in done.splitlines() if re.match(r"[EWF]: ", line) and line[3:].strip() not in _NOTICES)


def check_templates(paths: Sequence[Path]) -> dict[Path, tuple[str, ...]]:
    """Return PixelMed's errors for each file; for a template that is not extensible, also what does not belong."""
    for jar in _JARS:
        if not jar.exists():
            sentence = f"{jar} is not installed: run `make system-packages`, or install it by hand"
            pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    classpath = os.pathsep.join(map(str, _JARS))
    command = ["java", *_FEWER_THREADS, *_NO_XPATH_LIMITS, "-cp", classpath, str(_RUNNER), *map(str, paths)]
    sections = re.split(r"^=== (.+)$", _run(command), flags=re.MULTILINE)
    said = dict(zip(sections[1::2], sections[2::2], strict=True))
    return {path: template_faults(said.get(str(path), "")) for path in paths}


def check_entities(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return dcentvfy's errors: attributes of one patient, study or series that differ between files."""
    done = _run(["dcentvfy", *map(str, paths)])
    return tuple(line for line in done.splitlines() if line.startswith("Error"))


def template_faults(text: str) -> tuple[str, ...]:
    """Return what is wrong according to PixelMed's words about one file; silence is wrong, too."""
    faults = [line for line in text.splitlines() if "Error" in line]
    faults += [f"never said: {phrase}" for phrase in _COMPLETE if not re.search(phrase, text)]
    if _NOT_EXTENSIBLE in text:
        faults += [line for line in text.splitlines() if _NOT_IN_TEMPLATE in line]
    return tuple(faults)


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
        check=False,
        text=True,
        errors="replace",
    )
    return done.stdout
