"""The text of a PDF; the only importer of pypdf."""

from __future__ import annotations

import io
import logging

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from mem.errors import InputError
from mem.text import shorten

MAX_PAGES = 2_000
# A broken file leads the library to what is not there, or not of the type it should be; what it raises then is not its own.
BROKEN = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError)


def pdf_text(raw: bytes, name: str) -> str:
    """What stands on the pages, a blank line between them; InputError where nothing does. `name` is how it is called."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells on stderr of each oddity that it could read past
    try:
        pages = [page.extract_text() for page in _opened(raw, name).pages]
    except FileNotDecryptedError as error:
        raise InputError(f"{name} is encrypted; nothing was sent: save it without a password first") from error
    except BROKEN as error:
        raise InputError(f"{name} is a damaged PDF ({shorten(str(error), 80)}); nothing was sent") from error
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    if not text:
        raise InputError(f"{name} holds pictures of text (a scan?); nothing was sent: recognise its text first")
    return text


def _opened(raw: bytes, name: str) -> PdfReader:
    reader = PdfReader(io.BytesIO(raw))
    if len(reader.pages) > MAX_PAGES:
        raise InputError(f"{name} has {len(reader.pages):,} pages, more than {MAX_PAGES:,}; nothing was sent: split it")
    return reader
