"""What is accepted and proposed, written out: this page and the code must agree."""

from pathlib import Path

from pynetdicom import AE, build_context

from dicom_node.contexts import accepted_contexts, companion_contexts, report_contexts, verification_contexts
from tests.dicom_node.receiving import AE_TITLE, receiver

STORAGE = {
    "1.2.840.10008.5.1.4.1.1.1.2",  # Digital Mammography X-Ray Image, For Presentation
    "1.2.840.10008.5.1.4.1.1.1.2.1",  # Digital Mammography X-Ray Image, For Processing
    "1.2.840.10008.5.1.4.1.1.13.1.3",  # Breast Tomosynthesis Image
    "1.2.840.10008.5.1.4.1.1.13.1.4",  # Breast Projection X-Ray Image, For Presentation
    "1.2.840.10008.5.1.4.1.1.13.1.5",  # Breast Projection X-Ray Image, For Processing
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture Image
}
TRANSFER_SYNTAXES = {
    "1.2.840.10008.1.2",  # Implicit VR Little Endian
    "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
    "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
    "1.2.840.10008.1.2.5",  # RLE Lossless
    "1.2.840.10008.1.2.4.50",  # JPEG Baseline
    "1.2.840.10008.1.2.4.51",  # JPEG Extended
    "1.2.840.10008.1.2.4.57",  # JPEG Lossless
    "1.2.840.10008.1.2.4.70",  # JPEG Lossless, First-Order Prediction
    "1.2.840.10008.1.2.4.80",  # JPEG-LS Lossless
    "1.2.840.10008.1.2.4.81",  # JPEG-LS Near-Lossless
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 Lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.201",  # HTJ2K Lossless
    "1.2.840.10008.1.2.4.202",  # HTJ2K Lossless RPCL
    "1.2.840.10008.1.2.4.203",  # HTJ2K
}
VERIFICATION = "1.2.840.10008.1.1"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
MAMMOGRAPHY_CAD_SR = "1.2.840.10008.5.1.4.1.1.88.50"
COMPANIONS = {
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture Image
    "1.2.840.10008.5.1.4.1.1.11.1",  # Grayscale Softcopy Presentation State
    "1.2.840.10008.5.1.4.1.1.104.1",  # Encapsulated PDF
}
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"


def test_acceptor_offers_each_image_class_in_each_transfer_syntax() -> None:
    contexts = {str(cx.abstract_syntax): set(cx.transfer_syntax) for cx in accepted_contexts()}
    assert contexts.pop(VERIFICATION) <= TRANSFER_SYNTAXES
    assert contexts == dict.fromkeys(STORAGE, TRANSFER_SYNTAXES)


def test_every_combination_is_negotiated_and_nothing_else(tmp_path: Path) -> None:
    ae = AE("MODALITY")
    wanted = [(uid, syntax) for uid in sorted(STORAGE) for syntax in sorted(TRANSFER_SYNTAXES)]
    refused = [(CT_IMAGE, "1.2.840.10008.1.2"), *((uid, EXPLICIT_BIG_ENDIAN) for uid in STORAGE)]
    proposed = [build_context(sop_class, syntax) for sop_class, syntax in wanted + refused]
    with receiver(tmp_path) as node:
        association = ae.associate("127.0.0.1", node.port, contexts=proposed, ae_title=AE_TITLE)
        accepted = [(str(cx.abstract_syntax), str(cx.transfer_syntax[0])) for cx in association.accepted_contexts]
        association.release()
    assert sorted(accepted) == wanted


def test_uncompressed_is_chosen_where_a_context_offers_both(tmp_path: Path) -> None:
    ae = AE("MODALITY")
    ae.add_requested_context(
        "1.2.840.10008.5.1.4.1.1.1.2", ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]
    )
    with receiver(tmp_path) as node:
        association = ae.associate("127.0.0.1", node.port, ae_title=AE_TITLE)
        assert association.accepted_contexts[0].transfer_syntax == ["1.2.840.10008.1.2.1"]
        association.release()


def test_requestor_proposes_comprehensive_3d_sr_and_verification() -> None:
    uncompressed = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"}
    reports = {str(cx.abstract_syntax): set(cx.transfer_syntax) for cx in report_contexts()}
    echo = {str(cx.abstract_syntax): set(cx.transfer_syntax) for cx in verification_contexts()}
    assert reports == {COMPREHENSIVE_3D_SR: uncompressed, MAMMOGRAPHY_CAD_SR: uncompressed}
    assert echo == {VERIFICATION: uncompressed}


def test_requestor_proposes_key_images_marks_and_the_page_in_pdf_where_they_are_wanted() -> None:
    companions = companion_contexts()
    assert {str(cx.abstract_syntax) for cx in companions} == COMPANIONS
    assert all(set(cx.transfer_syntax) == {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"} for cx in companions)
