"""Superscripts and subscripts in plain text: `10<sup>9</sup>` is not 109."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["SCRIPTS", "in_script"]

SCRIPTS: Final[Mapping[str, tuple[str, Mapping[int, int]]]] = {
    "sup": ("^", str.maketrans("0123456789+-\u2212=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")),
    "sub": ("_", str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")),
}
"""For each kind of node, its sign in plain text and the characters that Unicode has for it."""
_ORDINALS: Final = frozenset({"er", "re", "ère", "e", "ème", "nd", "nde"})
"""Endings of French ordinals (`1er`), which read the same on the line."""


def in_script(kind: str, text: str) -> str:
    """A superscript or a subscript, spaces around it kept.

    Args:
        kind: `sup` or `sub`.
        text: on one line.

    Returns:
        `⁹` or `₂` when Unicode has every character, else `^(…)` or `_(…)`.
    """
    word = text.strip()
    sign, table = SCRIPTS[kind]
    if not word or (kind == "sup" and word in _ORDINALS):
        return text
    known = all(ord(character) in table for character in word)
    made = word.translate(table) if known else f"{sign}({word})"
    start = len(text) - len(text.lstrip())
    return text[:start] + made + text[start + len(word) :]
