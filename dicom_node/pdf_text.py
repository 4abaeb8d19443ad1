"""What the pages in PDF say, in each language a site can choose; numbers and times as that language writes them."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dicom_node.eligibility import NotAnalysed
from dicom_node.errors import ReportError
from dicom_node.sr.content import NotAnalysedImage

_ENGLISH: Final = MappingProxyType(
    {
        "banner": "RESEARCH USE ONLY, NOT FOR DIAGNOSIS",
        "title": "Mammography: result of an AI model",
        "upload_title": "Uploaded picture: result of an AI model",
        "patient": "Patient",
        "patient_id": "Patient ID",
        "birth_date": "Born",
        "study_date": "Study of",
        "accession": "Accession no.",
        "study_uid": "Study UID",
        "unprintable": "(not printable here, see the study)",
        "not_stated": "not stated",
        "study": "Study",
        "breast": "Breast",
        "view": "View",
        "side": "Side",
        "probability": "Probability of malignancy",
        "class": "Class",
        "confidence": "Confidence",
        "reason": "Why it was not analysed",
        "results": "Results",
        "not_analysed": "Not analysed",
        "R": "right",
        "L": "left",
        "unknown": "unknown",
        "unknown_view": "unknown",
        "Malignant": "Malignant",
        "Benign": "Benign",
        "study_line": "{probability}: {label}",
        "point": "Operating point '{name}': called malignant from {threshold} on.",
        "all_analysed": "Images analysed: {analysed} of {total}, all of the study.",
        "part_analysed": "Images analysed: {analysed} of {total}. The others got no score: that says nothing of them.",
        "none_analysed": "Images analysed: {analysed} of {total}. This page says nothing about the breasts.",
        "more_images": "Images not listed here: {count}. See the structured report of this study.",
        "cut": " … (whole in the structured report)",
        "round": "Analysis no. {number} of this study; it replaces the earlier ones.",
        "model": "Model",
        "model_line": "{name}, version {version}, {manufacturer}",
        "upload_model_line": "{name}, version {version}",
        "sha256": "SHA-256 of the file",
        "parameters": "Parameters",
        "created": "Analysed at",
        "warnings": "Please note",
        "heat": "Warm colours: where the network looked. They outline no lesion.",
        "advice": "A low probability does not rule out cancer, and a high one does not prove it. This result comes "
        "from research software and replaces neither a radiologist's reading nor a doctor's advice.",
    }
)

_FRENCH: Final = MappingProxyType(
    {
        "banner": "RECHERCHE UNIQUEMENT, PAS POUR LE DIAGNOSTIC",
        "title": "Mammographie : résultat d'un modèle d'IA",
        "upload_title": "Image envoyée : résultat d'un modèle d'IA",
        "patient": "Patient(e)",
        "patient_id": "N° patient",
        "birth_date": "Né(e) le",
        "study_date": "Examen du",
        "accession": "N° de demande",
        "study_uid": "UID de l'examen",
        "unprintable": "(non imprimable ici, voir l'examen)",
        "not_stated": "non indiqué",
        "study": "Examen",
        "breast": "Sein",
        "view": "Incidence",
        "side": "Côté",
        "probability": "Probabilité de malignité",
        "class": "Classe",
        "confidence": "Confiance",
        "reason": "Pourquoi l'image n'a pas été analysée",
        "results": "Résultats",
        "not_analysed": "Non analysées",
        "R": "droit",
        "L": "gauche",
        "unknown": "inconnu",
        "unknown_view": "inconnue",
        "Malignant": "Malin",
        "Benign": "Bénin",
        "study_line": "{probability} : {label}",
        "point": "Point de fonctionnement « {name} » : classé malin à partir de {threshold}.",
        "all_analysed": "Images analysées : {analysed} sur {total}, tout l'examen.",
        "part_analysed": "Images analysées : {analysed} sur {total}. Les autres sont sans score : cela n'en dit rien.",
        "none_analysed": "Images analysées : {analysed} sur {total}. Cette page ne dit rien au sujet des seins.",
        "more_images": "Images non listées ici : {count}. Voir le compte rendu structuré de cet examen.",
        "cut": " … (en entier dans le compte rendu structuré)",
        "round": "Analyse n° {number} de cet examen ; elle remplace les précédentes.",
        "model": "Modèle",
        "model_line": "{name}, version {version}, {manufacturer}",
        "upload_model_line": "{name}, version {version}",
        "sha256": "SHA-256 du fichier",
        "parameters": "Paramètres",
        "created": "Analysé le",
        "warnings": "À noter",
        "heat": "Couleurs chaudes : là où le réseau a regardé. Elles ne délimitent aucune lésion.",
        "advice": "Une probabilité basse n'exclut pas un cancer, une probabilité haute n'en est pas la preuve. Ce "
        "résultat vient d'un logiciel de recherche et ne remplace ni la lecture d'un(e) radiologue ni l'avis médical.",
    }
)

CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"en": _ENGLISH, "fr": _FRENCH})
LANGUAGES: Final = tuple(CATALOGUE)

FRENCH_REASONS: Final[Mapping[NotAnalysed, str]] = MappingProxyType(
    {
        NotAnalysed.NOT_MAMMOGRAPHY: "L'objet n'est pas l'image mammographique d'un(e) patient(e).",
        NotAnalysed.FOR_PROCESSING: "L'image contient les données brutes du détecteur (For Processing).",
        NotAnalysed.TOMOSYNTHESIS: "L'image vient d'une tomosynthèse, que le modèle n'a pas apprise.",
        NotAnalysed.SPECIMEN: "L'image montre une pièce opératoire, pas un sein.",
        NotAnalysed.CONTRADICTORY_IDENTITY: "L'en-tête se contredit sur le côté, l'incidence ou l'orientation.",
        NotAnalysed.IMPLANT: "Le sein porte un implant, que le modèle n'a pas appris.",
        NotAnalysed.SPOT: "L'image est une compression localisée d'une partie du sein.",
        NotAnalysed.MAGNIFICATION: "L'image est un agrandissement d'une partie du sein.",
        NotAnalysed.PARTIAL_VIEW: "L'image est partielle : elle ne montre le sein entier qu'avec d'autres.",
        NotAnalysed.MISSING_LATERALITY: "L'en-tête ne dit pas lequel des deux seins l'image montre.",
        NotAnalysed.MISSING_VIEW: "L'en-tête ne dit pas quelle est l'incidence.",
        NotAnalysed.UNSUPPORTED_VIEW: "L'incidence est complémentaire ; le modèle ne connaît que CC et MLO standard.",
        NotAnalysed.TOO_SMALL: "L'image est trop petite pour montrer un sein entier.",
        NotAnalysed.QUALITY_GATE: "L'image ne ressemble pas à une mammographie, quoi qu'en dise son en-tête.",
        NotAnalysed.UNREADABLE: "Les pixels ou l'en-tête de l'image sont illisibles.",
    }
)
_FRENCH_BY_CODE = {reason.concept[:2]: sentence for reason, sentence in FRENCH_REASONS.items()}


def words(language: str) -> Mapping[str, str]:
    """Return the catalogue of one language; raise ReportError where there is none."""
    if language not in CATALOGUE:
        raise ReportError(f"Pages are written in {' or '.join(LANGUAGES)}, not in {language!r}.")
    return CATALOGUE[language]


def reason(image: NotAnalysedImage, language: str) -> str:
    """Return why an image was not analysed; a reason the catalogue does not know stays as it was written."""
    if language == "fr":
        return _FRENCH_BY_CODE.get((image.reason.value, image.reason.scheme), image.explanation)
    return image.explanation


def percent(value: float, language: str, beside: float | None = None) -> str:
    """Write a share 0..1 in percent.

    Parameters
    ----------
    beside
        Another share to tell it from: more decimals are written, up to four, where one would print both alike.
    """
    decimals = 1
    while beside is not None and value != beside and decimals < 4:
        if f"{value * 100:.{decimals}f}" != f"{beside * 100:.{decimals}f}":
            break
        decimals += 1
    text = f"{value * 100:.{decimals}f}\N{NO-BREAK SPACE}%"
    return text.replace(".", ",") if language == "fr" else text


def moment(when: datetime) -> str:
    """Write date, time and offset from UTC."""
    offset = when.strftime("%z")
    return f"{when:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:5]})"
