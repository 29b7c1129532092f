"""Pages for people: no script, no other file, readable on a telephone."""

from __future__ import annotations

import html
import itertools
from typing import Final

from segur_interop.export._wording import number

__all__ = ["page", "table"]

PAGE: Final = """\
<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 1.5em auto; padding: 0 1em; max-width: 72em;
 line-height: 1.45; color: #1a1a1a; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5em; }} h2 {{ font-size: 1.15em; margin-top: 1.6em; }}
a {{ color: #0b4f9e; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; margin: 0.5em 0 1em; overflow-wrap: normal; }}
th, td {{ border: 1px solid #999; padding: 0.3em 0.7em; text-align: left; vertical-align: top; }}
thead th {{ background: #eef2f6; }}
tbody th {{ font-weight: normal; }}
tbody tr:nth-child(even) {{ background: #f8f9fb; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
details ul {{ margin: 0.3em 0; padding-left: 1.2em; }}
@media (max-width: 40em) {{
 .cards thead {{ position: absolute; left: -99em; }}
 .cards, .cards tbody, .cards tr, .cards td {{ display: block; }}
 .cards tr {{ border: 1px solid #999; margin-bottom: 0.8em; padding: 0.3em 0; }}
 .cards td {{ border: 0; padding: 0.15em 0.7em; }}
 .cards td:empty {{ display: none; }}
 .cards td[data-told]::before {{ content: attr(data-told) "\\00a0: "; color: #555; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> bytes:
    """A page without script, in ASCII: it reads the same whatever encoding is guessed."""
    text = PAGE.format(title=html.escape(title), body=body)
    return text.encode("ascii", "xmlcharrefreplace")


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table whose first column names each row; every text is escaped, numbers aligned."""
    titles = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in head)
    lines = "\n".join(f"<tr>{''.join(map(_cell, row, itertools.count()))}</tr>" for row in rows)
    top = f"<thead><tr>{titles}</tr></thead>"
    return f'<div tabindex="0"><table>\n{top}\n<tbody>\n{lines}\n</tbody>\n</table></div>'


def _cell(value: object, rank: int) -> str:
    if isinstance(value, int):
        return f'<td class="n">{number(value)}</td>'
    text = html.escape(str(value))
    return f"<td>{text}</td>" if rank else f'<th scope="row">{text}</th>'
