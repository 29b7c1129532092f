"""The XML door over arbitrary documents and arbitrary octets."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

import strategies
from hypothesis import example, given
from hypothesis import strategies as st

from segur_interop import _xml
from segur_interop._xml import parse
from segur_interop.errors import XmlError

CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@given(strategies.xml_names(), strategies.xml_names(), strategies.xml_text(), CODECS)
def test_text_and_attributes_arrive_as_written(name: str, key: str, text: str, codec: str) -> None:
    value = text.replace("\t", " ").replace("\n", " ")
    document = f"<{name} {key}={quoteattr(value)}>{escape(text)}</{name}>"
    root = parse(document.encode(codec))
    assert root.tag == name
    assert (root.text or "") == text
    assert root.get(key) == value


@given(
    st.binary(max_size=300)
    | st.text("<>!?-[]&;/='\"aDOCTYPEx \n", max_size=80).map(str.encode)
    | st.tuples(st.binary(max_size=4), st.text("<a/>?! ", max_size=20), CODECS).map(
        lambda parts: parts[0] + parts[1].encode(parts[2])
    )
)
@example(b"\xff\xfe\x00\xd8")
@example(b"<?xml encoding='\xff'?><a/>")
@example(b"L\x6f\xa7\x94")
def test_any_octets_give_an_element_or_an_xml_error(data: bytes) -> None:
    try:
        root = parse(data)
    except XmlError:
        return
    assert isinstance(root.tag, str)
    assert root.getroottree().docinfo.doctype == ""


@given(
    st.lists(
        st.sampled_from(
            [" ", "\n", "<!-- x -->", "<!-- <a> -->", "<!---->", "<?p q?>", "<?p <a?>"]
        ),
        max_size=6,
    ),
    CODECS,
)
def test_no_prolog_hides_a_doctype(prolog: list[str], codec: str) -> None:
    before = "".join(prolog)
    try:
        parse(f"{before}<!DOCTYPE a [<!ENTITY e 'x'>]><a b='&e;'/>".encode(codec))
    except XmlError:
        pass
    else:
        raise AssertionError("a DOCTYPE went through")


PROLOG_WORDS = (
    b"<?", b"?>", b"<!--", b"-->", b"--->", b"-", b"--", b"?", b"??>", b">", b"<", b"<!", b"<a>",
    b"<!DOCTYPE a>", b" ", b"\r\n", b"a",
)  # fmt: skip
PROLOG = re.compile(rb"(?s)(?:\s+|<\?.*?\?>|<!--.*?-->)*+")
"""As the standard says it (XML 1.0, productions 15, 16 and 27): each ends at its first end."""


@given(st.lists(st.sampled_from(PROLOG_WORDS), max_size=12).map(b"".join))
def test_a_prolog_ends_where_the_first_markup_that_is_none_of_it_starts(octets: bytes) -> None:
    found, expected = _xml._PROLOG.match(octets), PROLOG.match(octets)
    assert found is not None
    assert expected is not None
    assert found.end() == expected.end()
