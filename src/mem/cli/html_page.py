"""The frame of a page for a browser: it needs nothing else and no network, and no text in it can do anything.

The policy in it allows the page's own style sheet, and its script where it has one, by their hashes and nothing more.
"""

from __future__ import annotations

import base64
import hashlib

from mem.cli.graph_svg import page_text

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
{header}
</header>
<main>
{main}
</main>
{script}</body>
</html>
"""


def html_page(title: str, *, style: str, header: str, main: str, script: str = "") -> str:
    """The whole page. Only `title` is escaped here; `header` and `main` are markup already."""
    policy = ["default-src 'none'", f"style-src 'sha256-{_hash(style)}'"]
    policy += [f"script-src 'sha256-{_hash(script)}'"] if script else []
    return PAGE.format(
        policy="; ".join([*policy, "base-uri 'none'", "form-action 'none'"]),
        title=page_text(title),
        style=style,
        header=header,
        main=main,
        script=f'<div id="tip" hidden></div>\n<script>{script}</script>\n' if script else "",
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
