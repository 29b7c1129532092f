"""The only XML door: what it lets in, and what it refuses before or while parsing."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest

from segur_interop import _xml
from segur_interop._xml import MAX_MARKUP, parse
from segur_interop.errors import XmlError

LAUGHS = "<!DOCTYPE a [<!ENTITY e0 'lol'>{}]>".format(
    "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
)
BLOWUP = "<!DOCTYPE a [<!ENTITY e '{}'>]>".format("x" * 100_000)


# --- entities and DOCTYPEs ----------------------------------------------------------------

DOCTYPES = {
    "plain": "<!DOCTYPE a><a/>",
    "public": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://x.invalid/d.dtd"><a/>',
    "billion-laughs": LAUGHS + "<a>&e11;</a>",
    "billion-laughs-in-an-attribute": LAUGHS + "<a b='&e11;'/>",
    "quadratic-blowup": BLOWUP + f"<a>{'&e;' * 10_000}</a>",
    "external-entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "external-subset": '<!DOCTYPE a SYSTEM "http://x.invalid/d.dtd"><a/>',
    "parameter-entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://x.invalid/">%p;]><a/>',
    "default-attribute": "<!DOCTYPE a [<!ATTLIST a b CDATA 'injected'>]><a/>",
    "after-declaration": '<?xml version="1.0"?><!DOCTYPE a><a/>',
    "after-blanks": "\n\n \t <!DOCTYPE a><a/>",
    "after-comment": "<!-- note --><!DOCTYPE a><a/>",
    "after-comment-with-an-element": "<!-- <a> -->" + LAUGHS + "<a b='&e11;'/>",
    "after-instruction-with-an-element": "<?pi <a ?>" + LAUGHS + "<a b='&e11;'/>",
    "after-everything": "<?xml version='1.0'?> <!--<z>--> <?p <y?>\n<!---->" + LAUGHS + "<a/>",
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", DOCTYPES.values(), ids=DOCTYPES)
def test_a_doctype_is_refused_wherever_it_stands_and_however_encoded(
    text: str, encoding: str
) -> None:
    with pytest.raises(XmlError):
        parse(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(text, encoding, id=f"{name}-{encoding}")
        for name, text in DOCTYPES.items()
        for encoding in ENCODINGS
        # Without a mark, UTF-16 is known by its first `<` (XML 1.0, appendix F).
        if text.startswith("<") or encoding not in {"utf-16-le", "utf-16-be"}
    ],
)
def test_a_doctype_is_refused_before_libxml2_sees_it(
    text: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    def parsed(*_: object) -> None:
        pytest.fail("the DOCTYPE reached the parser")

    monkeypatch.setattr(_xml.etree, "fromstring", parsed)
    with pytest.raises(XmlError, match="a DOCTYPE is refused"):
        parse(text.encode(encoding))


def test_a_doctype_is_refused_a_second_time_after_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the first look ever miss one, the parsed tree still tells."""
    monkeypatch.setattr(_xml, "_refuse_unsafe", lambda _: None)
    for text in ("<!DOCTYPE a><a/>", DOCTYPES["external-subset"], DOCTYPES["external-entity"]):
        with pytest.raises(XmlError, match="a DOCTYPE is refused"):
            parse(text.encode())


def test_a_doctype_that_only_is_text_is_none() -> None:
    for text in (
        "<a><![CDATA[<!DOCTYPE html>]]></a>",
        "<!-- <!DOCTYPE a> --><a/>",
        "<?pi <!DOCTYPE a> ?><a/>",
        "<a>&lt;!DOCTYPE a></a>",
        "<a b='<!DOCTYPE'/>".replace("<!", "&lt;!"),
        "<a/><!-- <!DOCTYPE a> -->",
    ):
        assert parse(text.encode()).tag == "a"


def test_a_text_that_a_comment_or_an_instruction_cuts_is_whole_without_comments() -> None:
    root = parse(b"<a>one <!-- no -->te<?p no?>xt</a>", comments=False)
    assert root.text == "one text"
    assert len(root) == 0
    assert [item.text for item in parse(b"<a>one <!-- no -->text</a>")] == [" no "]


def test_an_undefined_entity_is_refused() -> None:
    with pytest.raises(XmlError):
        parse(b"<a>&nbsp;</a>")


def test_nothing_is_fetched_nor_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    reached: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *args: reached.append(args))
    root = parse(
        b'<?xml-stylesheet type="text/xsl" href="http://x.invalid/s.xsl"?>'
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude" '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="urn:x http://x.invalid/s.xsd">'
        + f'<xi:include href="{secret.as_uri()}" parse="text"/></a>'.encode()
    )
    assert "SECRET" not in "".join(root.itertext())
    assert reached == []


# --- encodings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("ISO-8859-1", "latin-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
    ],
)
def test_the_encodings_of_the_field_are_read(declared: str, codec: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<nom>Zoé L\'Hélène</nom>'
    assert parse(text.encode(codec)).text == "Zoé L'Hélène"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_accepted(codec: str) -> None:
    assert parse("<nom>Zoé</nom>".encode(codec)).text == "Zoé"


def test_us_ascii_with_character_references_is_read() -> None:
    assert parse(b'<?xml version="1.0" encoding="US-ASCII"?><a>&#233;&amp;</a>').text == "é&"


@pytest.mark.parametrize(
    "name", ["UTF-7", "utf-7", "IBM037", "cp500", "ISO-2022-JP", "hz-gb-2312", "UTF-32", "x", ""]
)
@pytest.mark.parametrize("gap", [1, 250, 5_000], ids=lambda gap: f"gap{gap}")
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "bom"])
def test_an_encoding_that_could_hide_markup_is_refused(name: str, gap: int, mark: bytes) -> None:
    hidden = f"<?xml version='1.0'{' ' * gap}encoding='{name}'?><a>+ADw-b/+AD4-</a>"
    with pytest.raises(XmlError):
        parse(mark + hidden.encode())


def test_an_encoding_hidden_in_the_version_is_refused() -> None:
    with pytest.raises(XmlError):
        parse(b"<?xml version='encoding=\"UTF-8\"' encoding='UTF-7'?><a/>")


@pytest.mark.parametrize("codec", ["utf-32", "utf-32-le", "utf-32-be", "cp037", "cp500"])
def test_wide_and_ebcdic_documents_are_refused(codec: str) -> None:
    with pytest.raises(XmlError):
        parse("<?xml version='1.0'?><a>x</a>".encode(codec))


def test_octets_that_are_not_of_the_declared_encoding_are_refused() -> None:
    for data in (
        "<a>é</a>".encode("latin-1"),
        b'<?xml version="1.0" encoding="UTF-8"?><a>\xe9</a>',
        b'<?xml version="1.0" encoding="UTF-16"?><a>e</a>',
        b"\xff\xfe<\0a\0/",
        "<a/>".encode("utf-16") + b"\0",
    ):
        with pytest.raises(XmlError):
            parse(data)


# --- size and shape -----------------------------------------------------------------------


def test_a_text_node_of_twelve_megabytes_is_read() -> None:
    body = base64.b64encode(bytes(range(256)) * 36_000)
    assert len(body) > 12_000_000
    root = parse(b"<text mediaType='application/pdf'>" + body + b"</text>")
    assert root.text is not None
    assert len(root.text) == len(body)


def test_the_cap_in_bytes_is_exact() -> None:
    data = b"<a>" + b"x" * 93 + b"</a>"
    assert parse(data, max_bytes=100).tag == "a"
    with pytest.raises(XmlError, match="larger than 99 bytes"):
        parse(data, max_bytes=99)


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" + b"<b/>" * (MAX_MARKUP + 1) + b"</a>",
        b"<a " + b"".join(b"a%d='' " % n for n in range(MAX_MARKUP + 1)) + b"/>",
        ("<a>" + "<b/>" * (MAX_MARKUP + 1) + "</a>").encode("utf-16"),
    ],
    ids=["elements", "attributes", "utf-16"],
)
def test_more_markup_than_the_cap_is_refused_before_parsing(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_xml.etree, "fromstring", lambda *_: pytest.fail("parsed"))
    with pytest.raises(XmlError, match="markup characters"):
        parse(data)


@pytest.mark.parametrize("depth", [5_000, 500_000])
def test_deep_nesting_is_refused_and_not_a_crash(depth: int) -> None:
    with pytest.raises(XmlError):
        parse(b"<a>" * depth + b"</a>" * depth)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"<",
        b"<a",
        b"<a>",
        b"<a></b>",
        b"<a/><a/>",
        b"<a/>text",
        b"text<a/>",
        b"<a b='1' b='2'/>",
        b"<a>\0</a>",
        b"<a/>\0",
        b"\0",
        b"<a>\x08</a>",
        b"<a>&#0;</a>",
        b"<a>&#x1F;</a>",
        b"<p:a/>",
        b"<a xmlns:p=''/>",
        b"<?xml version='1.0'?>",
        b" <?xml version='1.0'?><a/>",
        b"<!-- -- --><a/>",
        b"%PDF-1.4",
        b"MSH|^~\\&|",
        b"PK\x03\x04",
    ],
)
def test_what_is_not_well_formed_is_an_xml_error(data: bytes) -> None:
    with pytest.raises(XmlError):
        parse(data)


def test_the_error_names_the_line_and_the_cause_without_quoting_the_document() -> None:
    with pytest.raises(XmlError, match="^line 3: not well-formed XML: tag name mismatch") as caught:
        parse(b"<a>\n<PERSONAL>PERSONAL\n</PERSONEL></a>")
    assert "PERSO" not in str(caught.value)
    assert caught.value.place == "line 3"


def test_comments_and_instructions_are_kept() -> None:
    root = parse(b"<?style x?><!--before--><a><!--in--><?pi y?></a>")
    assert len(root) == 2
    previous = root.getprevious()
    assert previous is not None
    assert previous.text == "before"


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "d.xml"
    file.write_bytes(b"<a/>")
    assert parse(file).tag == parse(str(file)).tag == "a"


def test_parsing_the_same_bytes_in_threads_gives_each_its_own_tree() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda n: parse(b"<a>%d</a>" % n).text, range(200)))
    assert texts == [str(n) for n in range(200)]
