"""One page A4 in PDF: a banner that cannot be missed, paragraphs and tables, and never a second page.

Same text, same bytes: the times in the file come from the caller. The font is in the file.

References
----------
ISO 32000-1 14.3.3 (document information).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from dicom_node.errors import ReportError

_MARGIN: Final = 42.0
_BANNER_HEIGHT: Final = 34.0
WIDTH: Final = A4[0] - 2 * _MARGIN
"""Of what stands on the page, in points."""

HEIGHT: Final = A4[1] - 2 * _MARGIN - _BANNER_HEIGHT - 10
"""Of what fits below the banner, in points."""

SIZES: Final = (9.5, 8.5, 7.5, 6.5)
"""Of the letters, in points; smaller ones nobody reads."""

REGULAR: Final = "Mammonode-Vera"
BOLD: Final = "Mammonode-Vera-Bold"
_BANNER_FILL: Final = HexColor(0xFFDD57)
_RULE: Final = HexColor(0xB0B8C0)
_BLACK: Final = HexColor(0)

_FONT: Final = TTFont(REGULAR, "Vera.ttf")
pdfmetrics.registerFont(_FONT)
pdfmetrics.registerFont(TTFont(BOLD, "VeraBd.ttf"))


@dataclass(frozen=True)
class Room:
    """How much a page may say.

    Attributes
    ----------
    size
        Of the letters, in points.
    letters
        Of one long text; the rest is cut, and said to be.
    rows
        Of one table; the rest is counted, not listed.
    """

    size: float
    letters: int = 1024
    rows: int = 1000


ROOMS: Final = (
    *(Room(size) for size in SIZES),
    *(Room(SIZES[-1], letters, 24) for letters in (400, 200, 100)),
    *(Room(SIZES[-1], 60, rows) for rows in (24, 16, 8, 4)),
)
"""From comfortable to crowded; the first in which all fits is taken."""


def printable(text: str) -> bool:
    """Whether the page's font has every letter of `text`."""
    return all(ord(letter) in _FONT.face.charToGlyph for letter in text)


def paragraph(text: str, size: float, *, bold: bool = False, after: float = 2.0, colour: Color = _BLACK) -> Paragraph:
    """Return plain text as a paragraph; letters the font lacks become question marks."""
    shown = "".join(letter if printable(letter) else "?" for letter in text)
    style = ParagraphStyle(
        "plain", fontName=BOLD if bold else REGULAR, fontSize=size, leading=size * 1.3, spaceAfter=after,
        textColor=colour, splitLongWords=1,
    )  # fmt: skip
    return Paragraph(escape(shown), style)


def heading(text: str, size: float) -> Paragraph:
    """Return a heading."""
    made = paragraph(text, size * 1.2, bold=True, after=size * 0.4)
    made.style.spaceBefore = size
    return made


def table(header: Sequence[str], rows: Iterable[Sequence[str]], shares: Sequence[float], size: float) -> Table:
    """Return a table over the whole width; `shares` of it go to the columns."""
    cells = [[paragraph(text, size, bold=True, after=0) for text in header]]
    cells += [[paragraph(text, size, after=0) for text in row] for row in rows]
    pad = size * 0.22
    style = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, _BLACK),
            ("FONTNAME", (0, 0), (-1, -1), REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), pad),
            ("BOTTOMPADDING", (0, 0), (-1, -1), pad),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return Table(cells, [WIDTH * share for share in shares], style=style, hAlign="LEFT")


def pairs(lines: Iterable[tuple[str, str]], size: float, share: float = 0.24) -> Table:
    """Return names and values in two columns, without lines."""
    cells = [[paragraph(name, size, bold=True, after=0), paragraph(value, size, after=0)] for name, value in lines]
    style = TableStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), REGULAR),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 0.8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return Table(cells, [WIDTH * share, WIDTH * (1 - share)], style=style, hAlign="LEFT")


def gap(points: float) -> Spacer:
    """Return empty space."""
    return Spacer(WIDTH, points)


def one_page(
    story: Callable[[Room], Sequence[Flowable]],
    *,
    banner: str,
    title: str,
    author: str,
    created: datetime,
    language: str,
) -> bytes:
    """Write the page.

    Parameters
    ----------
    story
        What it says, given the room there is; it is asked again with less until all fits.
    banner
        Stands in a yellow bar on top, as large as it can.
    title, author, created, language
        Of the document's information.

    Returns
    -------
    bytes
        A PDF of one page.

    Raises
    ------
    ReportError
        If it does not fit even in the smallest room.
    """
    file = BytesIO()
    canvas = Canvas(
        file,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        lang=language,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # a name, whatever the stubs say
    )
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(banner)
    canvas.setCreator("Mammonode")
    stamp = created.strftime("D:%Y%m%d%H%M%S%z")
    canvas.setDateFormatter(lambda *_: f"{stamp[:-2]}'{stamp[-2:]}'")
    _draw_banner(canvas, banner)
    for room in ROOMS:
        flowables = list(story(room))
        if _height(canvas, flowables) <= HEIGHT:
            _draw(canvas, flowables)
            canvas.showPage()
            canvas.save()
            return file.getvalue()
    raise ReportError("The report does not fit on one page.")


def _draw_banner(canvas: Canvas, banner: str) -> None:
    top = A4[1] - _MARGIN
    canvas.setFillColor(_BANNER_FILL)
    canvas.rect(_MARGIN, top - _BANNER_HEIGHT, WIDTH, _BANNER_HEIGHT, stroke=0, fill=1)
    size = 18.0 * min(1.0, (WIDTH - 16) / pdfmetrics.stringWidth(banner, BOLD, 18.0))
    canvas.setFillColor(_BLACK)
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(A4[0] / 2, top - _BANNER_HEIGHT / 2 - size * 0.36, banner)


def _height(canvas: Canvas, flowables: Iterable[Flowable]) -> float:
    return sum(
        float(flowable.wrapOn(canvas, WIDTH, HEIGHT)[1]) + flowable.getSpaceBefore() + flowable.getSpaceAfter()
        for flowable in flowables
    )


def _draw(canvas: Canvas, flowables: Iterable[Flowable]) -> None:
    y = A4[1] - _MARGIN - _BANNER_HEIGHT - 10
    for flowable in flowables:
        y -= flowable.getSpaceBefore() + float(flowable.wrapOn(canvas, WIDTH, HEIGHT)[1])
        flowable.drawOn(canvas, _MARGIN, y)
        y -= flowable.getSpaceAfter()
