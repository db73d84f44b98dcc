"""PDFium in a process of its own: bytes of a PDF come in, its pages go out as JSON.

It is fast, but a hostile file can keep it busy for hours or take all memory (forms that show
themselves twice, streams that unpack a thousandfold), and nothing stops it from within.
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from drugpolicy_kg.readers.pdf_pages import (
    BROKEN,
    ENCRYPTED,
    MAX_DRAWN,
    MAX_IMAGES,
    MAX_PAGES,
    MAX_SIGNS,
    Page,
    Sign,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOLD: Final = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)
_BOLD_WEIGHT: Final = 600
_NAME: Final = 128
#: How far, in radians, a sign may be turned and still be read.
_LEVEL: Final = 0.1
_FULL_TURN: Final = 6.283
#: Codes below are blanks and what PDFium has put in; one stands for no sign at all.
_PRINTED: Final = 0x21
_NO_SIGN: Final = 0xFFFE


class _Beyond(Exception):  # noqa: N818  it names the limit
    """The file is beyond a limit, which is the message."""


def main() -> None:
    """Write the pages of the PDF on standard input to standard output, or why there are none."""
    _confine(*(int(limit) for limit in sys.argv[1:3]))
    json.dump(answer(sys.stdin.buffer.read()), sys.stdout)


def answer(data: bytes) -> dict[str, Any]:
    """Return the pages of a PDF under "pages", or why there are none: "error" or "beyond"."""
    try:
        return {"pages": [_fields(page) for page in _pages(data)]}
    except pdfium.PdfiumError as error:
        return {"error": ENCRYPTED if error.err_code == raw.FPDF_ERR_PASSWORD else BROKEN}
    except _Beyond as limit:
        return {"beyond": str(limit)}


def _fields(page: Page) -> tuple[Any, ...]:
    """Return a page as JSON can write it; `dataclasses.astuple` would copy every sign."""
    signs = [(s.text, s.left, s.right, s.base, s.size, s.strong) for s in page.signs]
    return (page.number, page.width, page.height, signs, page.drawn, page.images, page.turned)


def _confine(memory: int, cpu_seconds: int) -> None:
    """Limit memory and processor time, where the system can."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return
    for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu_seconds)):
        _, most = resource.getrlimit(kind)
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (least, most))


def _pages(data: bytes) -> Iterator[Page]:
    document = pdfium.PdfDocument(data)
    if len(document) > MAX_PAGES:
        raise _Beyond(f"at most {MAX_PAGES} pages")
    left = MAX_SIGNS
    for index in range(len(document)):
        page = _page(document, index, left)
        left -= len(page.signs)
        yield page


def _page(document: pdfium.PdfDocument, index: int, left: int) -> Page:
    own = document[index]
    text = own.get_textpage()
    width, height = own.get_size()
    page = Page(index + 1, width, height)
    if text.count_chars() > left:
        raise _Beyond(f"at most {MAX_SIGNS:,} signs")
    _signs(page, text)
    for thing in own.get_objects(max_depth=3):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            page.images += page.images < MAX_IMAGES
        elif thing.type == raw.FPDF_PAGEOBJ_PATH and len(page.drawn) < MAX_DRAWN:
            _drawn(page, thing)
    return page


def _signs(page: Page, text: pdfium.PdfTextPage) -> None:
    x, base = ctypes.c_double(), ctypes.c_double()
    loose = raw.FS_RECTF()
    styles: dict[int | None, tuple[bool, bool]] = {}
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if code < _PRINTED or code == _NO_SIGN:
            if raw.FPDFText_IsHyphen(text, index) == 1:
                code = ord("-")  # PDFium takes one at the end of a line for a sign of its own
            elif code in {0, _NO_SIGN} or raw.FPDFText_IsGenerated(text, index) == 1:
                continue
        thing = ctypes.cast(raw.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value
        if thing not in styles:
            turn = abs(raw.FPDFText_GetCharAngle(text, index)) % _FULL_TURN
            styles[thing] = (turn > _LEVEL, _is_bold(text, index))
        turned, strong = styles[thing]
        if turned:
            page.turned += 1
            continue
        raw.FPDFText_GetCharOrigin(text, index, x, base)
        raw.FPDFText_GetLooseCharBox(text, index, loose)
        size = loose.top - loose.bottom or raw.FPDFText_GetFontSize(text, index)
        page.signs.append(
            Sign(chr(code), loose.left, loose.right, page.height - base.value, size, strong)
        )


def _is_bold(text: pdfium.PdfTextPage, index: int) -> bool:
    flags = ctypes.c_int()
    font = ctypes.create_string_buffer(_NAME)
    length = raw.FPDFText_GetFontInfo(text, index, font, _NAME, flags)
    weight = raw.FPDFText_GetFontWeight(text, index)
    return bool(_BOLD.search(font.raw[:length])) or weight >= _BOLD_WEIGHT


def _drawn(page: Page, thing: pdfium.PdfObject) -> None:
    """Take the straight lines of a path, level and upright, at their places on the page."""
    matrix = thing.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    start = here = None
    count = raw.FPDFPath_CountSegments(thing)
    for index in range(min(count, MAX_DRAWN)):
        segment = raw.FPDFPath_GetPathSegment(thing, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        across, up = matrix.on_point(x.value, y.value)
        point = (across, page.height - up)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif here is not None:
            page.drawn.append((*here, *point))
        here = point
        if raw.FPDFPathSegment_GetClose(segment) and start is not None:
            page.drawn.append((*here, *start))


if __name__ == "__main__":
    main()
