"""The rehearsal of a report."""

from dicom_node.sr.rehearsal import rehearse


def test_rehearsal_builds_a_whole_report_without_a_patient() -> None:
    rehearse()
