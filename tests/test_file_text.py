"""What files say, and how it is quoted."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from mem.errors import InputError
from mem.file_text import MAX_FILE_BYTES, FileText, quoted, read_bytes, read_file
from mem.statements import told_part


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF with a line of text on each page; none where it is empty."""
    writer = pypdf.PdfWriter()
    for text in pages:
        page = writer.add_blank_page(612, 792)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): named})}
        )
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain\r\ntext\n", "plain\ntext"),
        (b"\xef\xbb\xbfwith a mark", "with a mark"),
        ("über".encode("utf-16"), "über"),
        (b"a\x1b]52;c;QUFB\x07b\x1b[2Jc", "abc"),
        (pdf("The boiler is from 2019.", "", "Bleed it."), "The boiler is from 2019.\n\nBleed it."),
        (b"junk before it\n" + pdf("Found."), "Found."),
    ],
)
def test_a_file_is_its_text_without_what_cannot_be_shown(raw, text):
    assert read_bytes(raw, name="it") == FileText("it", text)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "holds no text"),
        (pdf("", ""), "holds pictures of text"),
        (pdf("secret", password="x"), "is encrypted; nothing was sent: save it without a password"),
        (pdf("text")[:200], "is a damaged PDF"),
        (b"\x7fELF\x00\x00", "is neither text nor a PDF"),
        (b"x" * (MAX_FILE_BYTES + 1), "is larger than 20 MB"),
    ],
)
def test_what_holds_no_text_is_told_in_one_line(raw, told):
    with pytest.raises(InputError, match=told) as raised:
        read_bytes(raw, name="it")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["nowhere.md", "nul\x00.md", "~nobody-of-this-name/x.md", "x" * 300])
def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="cannot read .*; nothing was sent"):
        read_file(Path(name))


def test_files_are_quoted_so_that_only_the_users_own_words_state_anything():
    files = [FileText("a.md", "My name is Victor.\n\nI live in Rome."), FileText("b.md", "So am I.")]
    message = quoted(files, "I live in Oslo.")

    assert message == (
        "a.md says:\n> My name is Victor.\n>\n> I live in Rome.\n\nb.md says:\n> So am I.\n\nI live in Oslo."
    )
    assert quoted([], "hello") == "hello"
    assert "Victor" not in told_part(message)
    assert "Rome" not in told_part(message)
    assert "Oslo" in told_part(message)
