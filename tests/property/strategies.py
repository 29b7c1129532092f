"""Shared hypothesis strategies. Add functions here; each gives values of one notion."""

from __future__ import annotations

from hypothesis import strategies as st

from segur_interop._time import Timestamp


def timestamps() -> st.SearchStrategy[Timestamp]:
    """Every timestamp that can be made, of each precision, with and without offset."""

    def cut(parts: tuple[int, ...], precision: int, fraction: str, offset: int | None) -> Timestamp:
        kept = dict(zip(("month", "day", "hour", "minute", "second"), parts[1:], strict=True))
        for name in list(kept)[precision:]:
            del kept[name]
        return Timestamp(
            parts[0], **kept, fraction=fraction if precision == 5 else "", offset=offset
        )

    moments = st.datetimes().map(lambda d: (d.year, d.month, d.day, d.hour, d.minute, d.second))
    return st.builds(
        cut,
        moments,
        st.integers(0, 5),
        st.text("0123456789", max_size=9),
        st.none() | st.integers(-14 * 60, 14 * 60),
    )


def oids(max_arcs: int = 12) -> st.SearchStrategy[str]:
    """OIDs of at most 64 characters."""
    roots = st.sampled_from(["0", "1"]).flatmap(
        lambda root: st.integers(0, 39).map(lambda arc: f"{root}.{arc}")
    ) | st.integers(0, 999).map(lambda arc: f"2.{arc}")
    arcs = st.lists(st.integers(0, 10**12), max_size=max_arcs)
    return st.builds(lambda root, rest: ".".join([root, *map(str, rest)]), roots, arcs).filter(
        lambda oid: len(oid) <= 64
    )


def xml_names() -> st.SearchStrategy[str]:
    """Names of elements and attributes without prefix."""
    return st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True).filter(
        lambda name: not name.lower().startswith("xml")
    )


def xml_text() -> st.SearchStrategy[str]:
    """Text that XML 1.0 can hold (§2.2 Char), line ends as a parser gives them."""
    return st.text(
        st.characters(
            exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", codec="utf-8"
        )
        | st.sampled_from("\t\n"),
        max_size=60,
    )


def model_texts() -> st.SearchStrategy[str]:
    """Texts that the model holds: no control character, not only spaces."""
    return st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=20
    ).filter(lambda text: bool(text.strip()))
