"""One finished block of markdown, ready for rich: nothing invisible in it, links and images with their full target."""

from __future__ import annotations

from markdown_it.token import Token
from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment, SegmentLines

from mem.cli.repl.blocks import markdown_parser
from mem.text import sanitise


def renderable(text: str, console: Console) -> SegmentLines:
    """`text`, which is sanitised already, as lines for `console`: none blank before or after it, no spaces at their ends."""
    markdown = Markdown("", code_theme="ansi_dark", hyperlinks=False)
    markdown.parsed = [_made_plain(token) for token in markdown_parser().parse(text)] or _as_text(text)
    lines = [_trimmed(line) for line in console.render_lines(markdown, pad=False)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return SegmentLines(lines, new_lines=True)


def _trimmed(line: list[Segment]) -> list[Segment]:
    while line and not line[-1].text.strip():
        line = line[:-1]
    return [*line[:-1], Segment(line[-1].text.rstrip(), line[-1].style)] if line else []


def _made_plain(token: Token) -> Token:
    # Entities are decoded by the parser, so a direction mark can come back after the text was sanitised.
    token.content = sanitise(token.content)
    if token.children:
        children = [_made_plain(_target_shown(child)) for child in token.children]
        token.children = [child for place, child in enumerate(children) if not _repeats_its_target(children, place)]
    return token


def _target_shown(token: Token) -> Token:
    if token.type != "image":
        return token
    return Token("text", "", 0, content=f"{token.content} ({token.attrs.get('src', '')})".strip())


def _repeats_its_target(children: list[Token], place: int) -> bool:
    """Whether a token is the mark of a link whose text is its target: shown as text, once."""
    opens = place if children[place].type == "link_open" else place - 2
    if children[place].type not in ("link_open", "link_close") or opens < 0 or opens + 2 >= len(children):
        return False
    link, text, close = children[opens : opens + 3]
    return link.type == "link_open" and close.type == "link_close" and link.attrs.get("href") == text.content


def _as_text(text: str) -> list[Token]:
    """A block that markdown would hide, such as the definition of a link, as a paragraph of its own words."""
    words = Token("text", "", 0, content=text)
    inline = Token("inline", "", 0, content=text, children=[words])
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]
