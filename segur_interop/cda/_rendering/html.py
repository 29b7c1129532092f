"""Markup that escapes by construction: a text becomes markup by `tag` alone.

A received value is a plain `str`, and `tag` escapes every `str` that is not `Html`: to forget to
escape would take calling `Html` on a received text, which only this file and the templates do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

__all__ = ["VOID", "Child", "Html", "join", "isolated", "language", "tag"]

VOID: Final = frozenset({"br", "col", "img"})
"""Elements written here that have no end tag (HTML, "Void elements")."""

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


class Html(str):
    """Markup that is safe to put in a page."""

    __slots__ = ()


Child: TypeAlias = "str | Html | None"
"""A text, which is escaped, or markup, which is not; None for nothing."""


def escaped(text: Child) -> Html:
    """Markup as it is, a text with `& < > " '` escaped."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(text or ""))


def join(parts: Iterable[Child]) -> Html:
    """Markup and texts one after the other."""
    return Html("".join(map(escaped, parts)))


def tag(name: str, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element.

    Args:
        name: of the element.
        children: texts and markup.
        attributes: `class_` for `class`, `aria_label` for `aria-label`; None and False leave one
            out, True writes it without value.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def isolated(text: str) -> Html:
    """A received text that cannot turn the writing direction of its surroundings."""
    return tag("bdi", text)


def language(code: str) -> str | None:
    """A `lang` attribute for a received languageCode; None when it is no language tag."""
    return code if _LANGUAGE.fullmatch(code) else None
