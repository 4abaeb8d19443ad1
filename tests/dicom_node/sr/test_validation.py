"""Every kind of report against three validators, and faults that at least one of them must find."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicom_node.errors import ReportError
from dicom_node.sr.measurement import build_measurement_report, to_part10
from dicom_node.sr.reading import read_measurement_report
from tests.dicom_node import validators
from tests.dicom_node.sr import cad_faults, faults
from tests.dicom_node.sr.cad_cases import (
    JUDGED_BEFORE,
    cad_cases,
    cases_with_places,
    one_breast_marked,
    read_again,
)
from tests.dicom_node.sr.cases import Case, cases, content_of, small
from tests.dicom_node.validators import Verdict

CASES = {case.name: case for case in (*cases(), *cases_with_places())}
CAD_CASES = {f"CAD: {case.name}": case for case in cad_cases() if case.name not in JUDGED_BEFORE}
CAD_FAULTS = {f"CAD: {name}": inject for name, inject in cad_faults.SEEN_BY_A_VALIDATOR.items()}


def _part10(case: Case) -> bytes:
    return to_part10(build_measurement_report(case.content, case.evidence))


def _valid_report() -> Dataset:
    image = small()
    report = build_measurement_report(content_of([image], probabilities=(0.75,)), [image])
    return dcmread(BytesIO(to_part10(report)))


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Verdict]:
    """Judge each case under its name and each faulty report under the fault's name."""
    folder = tmp_path_factory.mktemp("reports")
    paths: dict[str, Path] = {}
    quick: dict[str, Path] = {}
    for number, (name, case) in enumerate(CASES.items()):
        paths[name] = folder / f"case-{number}.dcm"
        paths[name].write_bytes(_part10(case))
    for number, (name, inject) in enumerate(faults.SEEN_BY_A_VALIDATOR.items()):
        report = _valid_report()
        inject(report)
        paths[name] = folder / f"fault-{number}.dcm"
        report.save_as(paths[name])
    for number, (name, case) in enumerate(CAD_CASES.items()):
        paths[name] = folder / f"cad-{number}.dcm"
        read_again(case).save_as(paths[name])
    for number, (name, inject) in enumerate(CAD_FAULTS.items()):
        report = read_again(one_breast_marked())
        inject(report)
        quick[name] = folder / f"cad-fault-{number}.dcm"
        report.save_as(quick[name])
    judged = validators.validate(paths.values(), until_caught=quick.values())
    return {name: judged[path] for name, path in (paths | quick).items()}


@pytest.mark.peer(*validators.PROGRAMS)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [*CASES, *CAD_CASES])
def test_no_validator_finds_a_fault_in(name: str, verdicts: Mapping[str, Verdict]) -> None:
    assert verdicts[name].faults == ()


@pytest.mark.peer(*validators.PROGRAMS)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [*faults.SEEN_BY_A_VALIDATOR, *CAD_FAULTS])
def test_a_validator_finds(name: str, verdicts: Mapping[str, Verdict]) -> None:
    assert verdicts[name].caught_by


@pytest.mark.peer(*validators.PROGRAMS)
@pytest.mark.timeout(600)
def test_each_validator_finds_something_the_others_miss(verdicts: Mapping[str, Verdict]) -> None:
    alone = {verdicts[name].caught_by for name in faults.SEEN_BY_A_VALIDATOR}
    assert {("dciodvfy",), ("PixelMed",)} <= alone
    assert any("dsrdump" in caught and "dciodvfy" not in caught for caught in alone)


@pytest.mark.peer(*validators.PROGRAMS)
@pytest.mark.timeout(600)
def test_each_validator_has_its_part_in_the_gate_of_the_cad_report(verdicts: Mapping[str, Verdict]) -> None:
    assert verdicts["CAD: patient ID too long"].caught_by == ("dciodvfy",)
    assert verdicts["CAD: reference into nowhere"].caught_by == ("dsrdump",)
    assert verdicts["CAD: finding without centre"].caught_by == ("PixelMed",)


@pytest.mark.parametrize("name", faults.SEEN_BY_THE_READER_ONLY)
def test_the_reader_refuses_a_report_with(name: str) -> None:
    report = _valid_report()
    faults.SEEN_BY_THE_READER_ONLY[name](report)
    with pytest.raises(ReportError, match=r"no measurement report of this node|must lie between|contradicts"):
        read_measurement_report(report)


@pytest.mark.peer("dcentvfy")
@pytest.mark.parametrize("name", ["all analysed", "second round", "none analysed", "utf-8 source", "rich source"])
def test_a_report_repeats_patient_and_study_as_its_images_state_them(name: str, tmp_path: Path) -> None:
    paths = [tmp_path / "report.dcm"]
    paths[0].write_bytes(_part10(CASES[name]))
    for number, header in enumerate(CASES[name].evidence):
        paths.append(tmp_path / f"image-{number}.dcm")
        header.save_as(paths[-1])
    assert validators.check_entities(paths) == ()


def test_a_program_that_says_nothing_is_a_fault() -> None:
    assert validators.template_faults("")
    assert validators.template_faults("Found Comprehensive3DSR IOD\n")


def test_what_does_not_belong_into_a_closed_template_is_a_fault() -> None:
    said = "Found X IOD\nFound Root Template {}\nRoot Template Validation Complete\nIOD validation complete\n"
    stray = "Warning: 1.1: /CONTAINER: Content Item not in template\n"
    assert validators.template_faults(said.format("TID_1500") + stray) == ()
    assert len(validators.template_faults(said.format("TID_4000") + stray)) == 1
