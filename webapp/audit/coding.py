"""The coded words of an audit message.

References
----------
DICOM PS3.16 CID 400 (event), 401 (type), 402 (role), 405 (medium); PS3.15 A.5.1.2 (codes of RFC 3881)
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from webapp.audit.models import Event


@dataclass(frozen=True)
class Code:
    """One word: its value, what it means, and the scheme it comes from."""

    value: str
    meaning: str
    scheme: str = "DCM"


EVENTS: Final = MappingProxyType(
    {
        Event.APPLICATION: Code("110100", "Application Activity"),
        Event.AUDIT_USED: Code("110101", "Audit Log Used"),
        Event.ACCESSED: Code("110103", "DICOM Instances Accessed"),
        Event.TRANSFERRED: Code("110104", "DICOM Instances Transferred"),
        Event.STUDY_DELETED: Code("110105", "DICOM Study Deleted"),
        Event.EXPORT: Code("110106", "Export"),
        Event.IMPORT: Code("110107", "Import"),
        Event.RECORD: Code("110111", "Procedure Record"),
        Event.QUERY: Code("110112", "Query"),
        Event.CONFIGURATION: Code("110113", "Security Alert"),
        Event.SECURITY_ALERT: Code("110113", "Security Alert"),
        Event.LOGIN: Code("110114", "User Authentication"),
        Event.LOGOUT: Code("110114", "User Authentication"),
    }
)
# where PS3.15 A.5.3 leaves no choice
ACTIONS: Final = MappingProxyType(
    {
        Event.APPLICATION: "E",
        Event.AUDIT_USED: "R",
        Event.STUDY_DELETED: "D",
        Event.EXPORT: "R",
        Event.IMPORT: "C",
        Event.QUERY: "E",
        Event.CONFIGURATION: "E",
        Event.SECURITY_ALERT: "E",
        Event.LOGIN: "E",
        Event.LOGOUT: "E",
    }
)

APPLICATION_START = Code("110120", "Application Start")
APPLICATION_STOP = Code("110121", "Application Stop")
LOGIN = Code("110122", "Login")
LOGOUT = Code("110123", "Logout")
NODE_AUTHENTICATION = Code("110126", "Node Authentication")
NETWORK_CONFIGURATION = Code("110128", "Network Configuration")
SOFTWARE_CONFIGURATION = Code("110131", "Software Configuration")
RESTRICTED_FUNCTION = Code("110132", "Use of Restricted Function")
ROLES_CHANGED = Code("110136", "Security Roles Changed")
USER_CHANGED = Code("110137", "User Security Attributes Changed")

APPLICATION = Code("110150", "Application")
APPLICATION_LAUNCHER = Code("110151", "Application Launcher")
DESTINATION = Code("110152", "Destination Role ID")
SOURCE = Code("110153", "Source Role ID")
DESTINATION_MEDIA = Code("110154", "Destination Media")
SOURCE_MEDIA = Code("110155", "Source Media")
URI_MEDIUM = Code("110037", "URI")

STUDY_INSTANCE_UID = Code("110180", "Study Instance UID")
SEARCH_CRITERIA = Code("10", "Search Criteria", "RFC-3881")
USER_IDENTIFIER = Code("11", "User Identifier", "RFC-3881")
URI = Code("12", "URI", "RFC-3881")


def own(object_type: str) -> Code:
    """Return the kind of identifier of an object that no standard has a code for."""
    return Code(object_type, f"key of {object_type}", "99MAMMONODE")
