"""What this node accepts and proposes, as tables made from the code: for the conformance statement and a PACS team."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pydicom.uid import (
    UID,
    Comprehensive3DSRStorage,
    EncapsulatedPDFStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    SecondaryCaptureImageStorage,
)
from pynetdicom.presentation import PresentationContext, build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelMove,
)

from dicom_node import contexts, part10
from dicom_node.status import Status
from webapp.studies.models import Report
from webapp.studies.objects import BUILDERS
from webapp.studies.peer_text import CHARACTER_SETS, KINDS, SYNTAXES, TLS, ProfileText

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance-statement.md"

KIND_SOP_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        Report.Kind.MEASUREMENT.value: Comprehensive3DSRStorage,
        Report.Kind.CAD.value: MammographyCADSRStorage,
        Report.Kind.KEY_IMAGE.value: SecondaryCaptureImageStorage,
        Report.Kind.PRESENTATION.value: GrayscaleSoftcopyPresentationStateStorage,
        Report.Kind.PDF.value: EncapsulatedPDFStorage,
    }
)
"""The SOP Class of each kind of report that a destination may want."""

_STATUS_MEANINGS = MappingProxyType(
    {
        Status.SUCCESS: "the object is on disk, and known",
        Status.COERCION_OF_DATA_ELEMENTS: "kept aside: another object is in force under this SOP Instance UID",
        Status.OUT_OF_RESOURCES: "no space, or the disk or the database fails: try later; or the object is too large",
        Status.DOES_NOT_MATCH_SOP_CLASS: "the data set is another object than the command announced",
        Status.CANNOT_UNDERSTAND: "the data set cannot be read, or lacks what it must carry",
        Status.SOP_CLASS_NOT_SUPPORTED: "the command names another SOP Class than its presentation context",
    }
)
_BLOCK = re.compile(r"<!-- table: (?P<name>[\w-]+) -->\n.*?<!-- end of table -->", re.DOTALL)


def offered_contexts() -> list[PresentationContext]:
    """Return what is proposed when reports are sent: every kind that a destination may want."""
    return [*contexts.report_contexts(), *contexts.companion_contexts()]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def accepted() -> str:
    """Return the presentation contexts that the SCP accepts."""
    return _context_table(
        ("verification and storage commitment", "SCP", contexts.accepted_contexts(commitment=True)[:2]),
        ("storage", "SCP", contexts.accepted_contexts()[1:]),
    )


def proposed() -> str:
    """Return the presentation contexts that the SCU proposes."""
    # as priors.py builds them: in pynetdicom's default transfer syntaxes
    priors = [build_context(contexts.QUERY_SOP_CLASS), build_context(StudyRootQueryRetrieveInformationModelMove)]
    return _context_table(
        ("test of the connection", "SCU", contexts.verification_contexts()),
        ("sending results", "SCU", offered_contexts()),
        ("proof of delivery", "SCU", contexts.commitment_contexts()),
        ("proof of delivery", "SCU", contexts.query_contexts()),
        ("priors", "SCU", priors),
    )


def _context_table(*groups: tuple[str, str, list[PresentationContext]]) -> str:
    rows = []
    for purpose, role, proposals in groups:
        for context in proposals:
            uid = UID(str(context.abstract_syntax))
            roles = "SCP, SCU" if role == "SCP" and context.scu_role else role
            rows.append((purpose, uid.name, f"`{uid}`", roles, _syntaxes(context)))
    return table(("activity", "SOP Class", "UID", "role", "transfer syntaxes, most preferred first"), rows)


def _syntaxes(context: PresentationContext) -> str:
    offered = tuple(str(one) for one in context.transfer_syntax)
    if offered == contexts.IMAGE_TRANSFER_SYNTAXES:
        return f"each of the {len(offered)} for images, listed apart"
    return "; ".join(UID(one).name for one in offered)


def transfer_syntaxes() -> str:
    """Return the transfer syntaxes that images are accepted in."""
    rows = [(UID(uid).name, f"`{uid}`") for uid in contexts.IMAGE_TRANSFER_SYNTAXES]
    return table(("transfer syntax", "UID"), rows)


def objects() -> str:
    """Return the kinds of object that a destination may want, and which of them this version makes."""
    rows = [
        (f"`{kind.lower()}`", Report.Kind(kind).label, f"`{uid}`", "yes" if kind in BUILDERS else "no")
        for kind, uid in KIND_SOP_CLASSES.items()
    ]
    return table(("word in a profile", "object", "SOP Class UID", "made by this version"), rows)


def profile() -> str:
    """Return the words of a destination's profile."""
    usual = ProfileText()
    default_set = next(word for word, term in CHARACTER_SETS.items() if term == usual.character_set)
    rows = [
        ("`objects`", ", ".join(KINDS), ", ".join(usual.objects_wanted).lower()),
        ("`commit`", "yes, no: storage commitment is asked for", "yes" if usual.wants_commitment else "no"),
        ("`read_back`", "yes, no: a query must find the object", "yes" if usual.wants_read_back else "no"),
        ("`syntax`", _terms(SYNTAXES), "as the peer prefers"),
        ("`charset`", _terms(CHARACTER_SETS), default_set),
        ("`tls`", f"{', '.join(TLS)}: the connection is encrypted; see 7", "no"),
    ]
    return table(("word", "values", "default"), rows)


def _terms(words: Mapping[str, str]) -> str:
    return ", ".join(f"{word} (`{term}`)" for word, term in words.items())


def statuses() -> str:
    """Return the statuses that a C-STORE is answered with."""
    return table(("status", "meaning"), [(f"{one:04X}", _STATUS_MEANINGS[one]) for one in Status])


def implementation() -> str:
    """Return the implementation's identification at negotiation."""
    rows = [("Class UID", f"`{part10.IMPLEMENTATION_CLASS_UID}`"), ("Version Name", part10.IMPLEMENTATION_VERSION_NAME)]
    return table(("implementation", "value"), rows)


TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "accepted": accepted,
        "proposed": proposed,
        "transfer-syntaxes": transfer_syntaxes,
        "objects": objects,
        "profile": profile,
        "statuses": statuses,
        "implementation": implementation,
    }
)
"""The tables of the conformance statement, by the name in its marks."""


def refreshed(page: str) -> str:
    """Return the page with each table between its marks made anew; an unknown mark raises KeyError."""
    return _BLOCK.sub(
        lambda found: f"<!-- table: {found['name']} -->\n{TABLES[found['name']]()}\n<!-- end of table -->", page
    )
