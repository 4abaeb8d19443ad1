"""Headers as DICOM JSON, and what of them the viewer is tested with."""

import base64
from pathlib import Path

from dicom_node.metadata import to_dicom_json
from tests import synthetic, viewer_reference


def test_look_up_table_of_full_length_stands_in_the_metadata() -> None:
    image = synthetic.make_mg(rows=16, columns=16, bits_stored=16, voi="LUT")
    table = bytes(image.VOILUTSequence[0].LUTData)
    del image.PixelData
    item = to_dicom_json(image, "1.2.840.10008.1.2.1", "http://node/bulkdata")["00283010"]["Value"][0]
    assert len(table) == 2 * 65_536
    assert base64.b64decode(item["00283006"]["InlineBinary"]) == table


def test_viewer_is_tested_against_what_the_conversion_gives_now() -> None:
    root = Path(__file__).parents[2]
    assert (root / viewer_reference.PATH).read_text(encoding="utf-8") == viewer_reference.as_text()
