"""One change each to a conforming PDF: the clause of ISO 19005-1 that it breaks, or None.

The clause comes from the text of the standard; the judges are asked about the same files in
`tests/official/test_pdf_judges.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pikepdf
from pdf_samples import (
    EXTENSION,
    XMP,
    Spoil,
    add_annotation,
    add_content,
    add_resource,
    conforming,
    form,
    image,
    open_sample,
    saved,
    set_xmp,
    spoilt,
)
from pikepdf import Array, Dictionary, Name, String

from segur_interop.pdf._reading.truetype import read_truetype

Case = tuple[str | None, Callable[[], bytes]]
CASES: dict[str, Case] = {}


def case(clause: str | None, label: str | None = None) -> Callable[[Any], Any]:
    """Register a spoiler of an open document."""

    def register(spoil: Spoil) -> Spoil:
        CASES[label or spoil.__name__] = (clause, lambda: spoilt(spoil))
        return spoil

    return register


def raw(clause: str | None) -> Callable[[Any], Any]:
    """Register a change of octets."""

    def register(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        CASES[change.__name__] = (clause, lambda: change(conforming()))
        return change

    return register


def _swap(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    assert len(old) == len(new)
    return data.replace(old, new, 1)


# --- 6.1 the file -----------------------------------------------------------------------------


@raw("6.1.2")
def header_not_first(data: bytes) -> bytes:
    return b"\n" + data


@raw("6.1.2")
def comment_line_of_plain_text(data: bytes) -> bytes:
    line = data.split(b"\n", 2)[1]
    return _swap(data, line, b"%" + b"a" * (len(line) - 1))


@raw("6.1.3")
def no_identifier(data: bytes) -> bytes:
    start = data.rindex(b"/ID")
    return data[:start] + b"/XX" + data[start + 3 :]


@raw("6.1.3")
def data_after_the_end(data: bytes) -> bytes:
    return data + b"more\n"


@raw(None)
def one_end_of_line_after_the_end(data: bytes) -> bytes:
    return data.rstrip(b"\r\n") + b"\r\n"


@raw("6.1.4")
def two_ends_of_line_after_xref(data: bytes) -> bytes:
    return data.replace(b"\nxref\n", b"\nxref\n\n", 1)


@raw("6.1.4")
def two_spaces_in_a_subsection(data: bytes) -> bytes:
    return re.sub(rb"\nxref\n0 ", b"\nxref\n0  ", data, count=1)


CASES["cross_reference_stream"] = (
    "6.1.4",
    lambda: saved(
        open_sample(), object_stream_mode=pikepdf.ObjectStreamMode.generate, force_version="1.5"
    ),
)


@raw("6.1.6")
def odd_hexadecimal_string(data: bytes) -> bytes:
    start = data.index(b"\n1 0 obj\n<<") + len(b"\n1 0 obj\n<<")
    return _moved(data, start, b" /XX <ABC> ")


@raw("6.1.6")
def hexadecimal_string_with_a_letter(data: bytes) -> bytes:
    start = data.index(b"\n1 0 obj\n<<") + len(b"\n1 0 obj\n<<")
    return _moved(data, start, b" /XX <ABXY> ")


def _moved(data: bytes, at: int, inserted: bytes) -> bytes:
    """Insert octets and correct the cross reference table."""
    shift = len(inserted)
    out = data[:at] + inserted + data[at:]
    start = out.rindex(b"\nxref\n")
    table = re.sub(
        rb"(\d{10}) (\d{5}) n",
        lambda m: b"%010d %s n" % (int(m[1]) + (shift if int(m[1]) > at else 0), m[2]),
        out[start:],
    )
    table = re.sub(rb"startxref\n(\d+)", lambda m: b"startxref\n%d" % (int(m[1]) + shift), table)
    return out[:start] + table


@raw("6.1.7")
def length_that_is_too_short(data: bytes) -> bytes:
    found = re.search(rb"/Length (\d\d+)", data)
    assert found
    return _swap(data, found[0], b"/Length %0*d" % (len(found[1]), int(found[1]) - 3))


@raw("6.1.7")
def no_end_of_line_before_endstream(data: bytes) -> bytes:
    return data.replace(b"\nendstream\n", b"endstream\n\n", 1)


@raw("6.1.7")
def stream_followed_by_a_carriage_return_alone(data: bytes) -> bytes:
    return data.replace(b"stream\n", b"stream\r", 1)


@case("6.1.7")
def data_in_another_file(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = pdf.make_stream(b"", F=String("other.dat"))


@raw("6.1.8")
def object_on_the_line_of_the_one_before(data: bytes) -> bytes:
    return data.replace(b"\nendobj\n2 0 obj\n", b"\nendobj 2 0 obj\n", 1)


@raw("6.1.8")
def no_end_of_line_after_obj(data: bytes) -> bytes:
    return data.replace(b"\n1 0 obj\n", b"\n1 0 obj ", 1)


def _lzw() -> bytes:
    pdf = open_sample()
    pdf.Root.XX = pdf.make_stream(b"")
    pdf.Root.XX.write(bytes.fromhex("800B6050220C0C8501"), filter=Name.LZWDecode)
    return saved(pdf, compress_streams=False)


CASES["lzw"] = ("6.1.10", _lzw)


@case("6.1.10")
def lzw_in_an_inline_image(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"BI /W 1 /H 1 /BPC 8 /CS /G /F /LZW ID \x80\x0b\x60 EI")


@case("6.1.11")
def embedded_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.txt"] = b"text"


@case("6.1.11")
def file_specification_with_a_file(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = pdf.make_indirect(
        Dictionary(Type=Name.Filespec, F=String("a"), EF=Dictionary(F=pdf.make_stream(b"a")))
    )


@case("6.1.12")
def integer_too_large(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = 2**31


@case(None)
def largest_integer(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = 2**31 - 1


@case("6.1.12")
def real_too_large(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"32768.5 0 m n")


@case("6.1.12")
def string_too_long(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = String("a" * 65536)


@case("6.1.12")
def name_too_long(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = Name("/" + "a" * 128)


@case("6.1.12")
def array_too_long(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = Array([0] * 8192)


@case(None)
def longest_array(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = Array([0] * 8191)


@case("6.1.12")
def dictionary_too_large(pdf: pikepdf.Pdf) -> None:
    pdf.Root.XX = Dictionary({f"/K{n}": 0 for n in range(4096)})


@case("6.1.12")
def graphics_states_too_deep(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"q " * 29 + b"Q " * 29)


@case(None)
def deepest_graphics_states(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"q " * 28 + b"Q " * 28)


@case("6.1.12")
def device_n_of_nine(pdf: pikepdf.Pdf) -> None:
    names = Array([Name(f"/C{n}") for n in range(9)])
    add_resource(pdf, "/ColorSpace", "/CS9", Array([Name.DeviceN, names, Name.DeviceRGB, _tint(9)]))
    add_content(pdf, b"/CS9 cs " + b"0 " * 9 + b"scn 0 0 5 5 re f")


def _tint(inputs: int) -> Dictionary:
    return Dictionary(
        FunctionType=2, Domain=Array([0, 1] * inputs), C0=Array([0, 0, 0]), C1=Array([1, 1, 1]), N=1
    )


@case("6.1.13")
def optional_content(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties = Dictionary(OCGs=Array(), D=Dictionary())


# --- 6.2 graphics ------------------------------------------------------------------------------


@case("6.2.3.3")
def no_output_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def _without_intent(content: bytes) -> Spoil:
    def spoil(pdf: pikepdf.Pdf) -> None:
        del pdf.Root.OutputIntents
        fonts = pdf.pages[0].obj.Resources.Font
        key = next(key for key, font in fonts.items() if font.get("/FontDescriptor"))
        page = content.replace(b"FONT", key.encode())
        pdf.pages[0].obj.Contents = pdf.make_stream(page)
        if b"/Fm9" in content:
            add_resource(pdf, "/XObject", "/Fm9", form(pdf))
        lab = Array([Name.Lab, Dictionary(WhitePoint=Array([0.9642, 1, 0.8249]))])
        add_resource(pdf, "/ColorSpace", "/CS9", lab)

    return spoil


for _label, _clause, _content in (
    ("initial_colour_fill", "6.2.3.3", b"0 0 5 5 re f"),
    ("initial_colour_stroke", "6.2.3.3", b"/CS9 cs 0 0 0 sc 0 0 5 5 re B"),
    ("initial_colour_text", "6.2.3.3", b"BT FONT 9 Tf (a) Tj ET"),
    ("initial_colour_in_a_form", "6.2.3.3", b"/Fm9 Do"),
    ("initial_colour_after_q", "6.2.3.3", b"q /CS9 cs 0 0 0 sc Q 0 0 5 5 re f"),
    ("initial_colour_in_a_stencil", "6.2.3.3", b"BI /W 8 /H 1 /IM true ID a EI"),
    ("nothing_painted", None, b"q 0 0 5 5 re W n Q"),
    ("calibrated_fill", None, b"/CS9 cs 0 0 0 sc 0 0 5 5 re f /Fm9 Do"),
    ("calibrated_text", None, b"/CS9 cs 0 0 0 sc BT FONT 9 Tf (a) Tj ET"),
):
    case(_clause, _label)(_without_intent(_content))


@case("6.2.2")
def profile_that_is_an_html_page(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_stream(b"<html>" * 100, N=3)


@case("6.2.2")
def profile_of_version_4(pdf: pikepdf.Pdf) -> None:
    profile = bytearray(pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes())
    profile[8] = 4
    pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_stream(bytes(profile), N=3)


@case("6.2.2")
def two_profiles(pdf: pikepdf.Pdf) -> None:
    first = pdf.Root.OutputIntents[0]
    profile = pdf.make_stream(first.DestOutputProfile.read_bytes(), N=3)
    pdf.Root.OutputIntents.append(
        Dictionary(S=Name("/GTS_PDFX"), OutputConditionIdentifier="x", DestOutputProfile=profile)
    )


@case("6.2.3.2")
def icc_space_with_wrong_n(pdf: pikepdf.Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()
    add_resource(pdf, "/ColorSpace", "/CS1", Array([Name.ICCBased, pdf.make_stream(profile, N=4)]))
    add_content(pdf, b"/CS1 cs 0 0 0 0 sc 0 0 5 5 re f")


@case(None)
def icc_space(pdf: pikepdf.Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    add_resource(pdf, "/ColorSpace", "/CS1", Array([Name.ICCBased, profile]))
    add_content(pdf, b"/CS1 cs 0 0 0 sc 0 0 5 5 re f")


@case("6.2.3")
def colour_space_that_is_not_defined(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"/CS9 cs 0 0 0 sc 0 0 5 5 re f")


@case(None)
def device_gray(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"0.5 g 0 0 5 5 re f")


@case(None)
def cmyk_with_a_default_space(pdf: pikepdf.Pdf) -> None:
    lab = Array([Name.Lab, Dictionary(WhitePoint=Array([0.9642, 1, 0.8249]))])
    tint = Dictionary(
        FunctionType=2, Domain=Array([0, 1] * 4), C0=Array([0, 0, 0]), C1=Array([1, 1, 1]), N=1
    )
    names = Array([Name.Cyan, Name.Magenta, Name.Yellow, Name.Black])
    add_resource(pdf, "/ColorSpace", "/DefaultCMYK", Array([Name.DeviceN, names, lab, tint]))
    add_content(pdf, b"0 0 0 1 k 0 0 5 5 re f")


@case("6.2.3.3")
def cmyk(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"0 0 0 1 k 0 0 5 5 re f")


@case("6.2.3.3")
def cmyk_in_a_form(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, b"0 0 0 1 k 0 0 5 5 re f"))
    add_content(pdf, b"/Fm9 Do")


@case(None)
def cmyk_in_a_form_that_nothing_shows(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, b"0 0 0 1 k 0 0 5 5 re f"))


@case("6.2.3.3")
def cmyk_in_a_pattern(pdf: pikepdf.Pdf) -> None:
    pattern = pdf.make_stream(
        b"0 0 0 1 k 0 0 5 5 re f",
        Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1,
        BBox=Array([0, 0, 5, 5]), XStep=5, YStep=5, Resources=Dictionary(),
    )  # fmt: skip
    add_resource(pdf, "/Pattern", "/P9", pattern)
    add_content(pdf, b"/Pattern cs /P9 scn 0 0 50 50 re f")


@case("6.2.3.3")
def cmyk_in_a_shading(pdf: pikepdf.Pdf) -> None:
    function = Dictionary(
        FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 0, 0]), C1=Array([1, 0, 0, 0]), N=1
    )
    shading = Dictionary(
        ShadingType=2, ColorSpace=Name.DeviceCMYK, Coords=Array([0, 0, 50, 0]), Function=function
    )
    add_resource(pdf, "/Shading", "/Sh9", pdf.make_indirect(shading))
    add_content(pdf, b"q 0 0 50 50 re W n /Sh9 sh Q")


@case("6.2.3.3")
def cmyk_image(pdf: pikepdf.Pdf) -> None:
    picture = pdf.make_stream(
        bytes(16), Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2, BitsPerComponent=8,
        ColorSpace=Name.DeviceCMYK,
    )  # fmt: skip
    add_resource(pdf, "/XObject", "/Im9", picture)
    add_content(pdf, b"q 10 0 0 10 0 0 cm /Im9 Do Q")


@case("6.2.3.3")
def cmyk_inline_image(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"q 10 0 0 10 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /CMYK ID abcd EI Q")


@case("6.2.3.3")
def cmyk_behind_separation(pdf: pikepdf.Pdf) -> None:
    function = Dictionary(
        FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 0, 0]), C1=Array([1, 0, 0, 0]), N=1
    )
    space = Array([Name.Separation, Name("/Spot"), Name.DeviceCMYK, function])
    add_resource(pdf, "/ColorSpace", "/CS9", space)
    add_content(pdf, b"/CS9 cs 1 scn 0 0 5 5 re f")


@case(None)
def words_of_colour_in_a_string(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"/Span << /ActualText (0 0 0 1 k \\( 40000.5 <ABC> /X) >> BDC EMC")


@case(None)
def inline_image_with_operators_in_its_data(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"q 10 0 0 10 0 0 cm BI /W 4 /H 2 /BPC 8 /CS /RGB ID "
                     b"abc\nEIdef(ghi <jklmnop EI Q")  # fmt: skip


@case("6.2.4")
def alternate_images(pdf: pikepdf.Pdf) -> None:
    other = Dictionary(Image=image(pdf), DefaultForPrinting=False)
    add_resource(pdf, "/XObject", "/Im9", image(pdf, Alternates=Array([other])))
    add_content(pdf, b"/Im9 Do")


@case("6.2.4")
def interpolated_image(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Im9", image(pdf, Interpolate=True))
    add_content(pdf, b"/Im9 Do")


@case(None)
def plain_image(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Im9", image(pdf, Interpolate=False))
    add_content(pdf, b"/Im9 Do")


@case("6.2.4")
def interpolated_inline_image(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"BI /W 1 /H 1 /BPC 8 /CS /RGB /I true ID abc EI")


@case("6.2.4")
def image_with_opi(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Im9", image(pdf, OPI=Dictionary()))
    add_content(pdf, b"/Im9 Do")


@case("6.2.5")
def form_with_postscript(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, Subtype2=Name.PS))
    add_content(pdf, b"/Fm9 Do")


@case("6.2.6")
def reference_xobject(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, Ref=Dictionary(F=String("a.pdf"), Page=0)))
    add_content(pdf, b"/Fm9 Do")


@case("6.2.7")
def postscript_xobject(pdf: pikepdf.Pdf) -> None:
    script = pdf.make_stream(b"showpage", Type=Name.XObject, Subtype=Name.PS)
    add_resource(pdf, "/XObject", "/Ps9", script)
    add_content(pdf, b"/Ps9 Do")


def _with_state(**entries: object) -> Spoil:
    def spoil(pdf: pikepdf.Pdf) -> None:
        add_resource(pdf, "/ExtGState", "/GS9", pdf.make_indirect(Dictionary(**entries)))
        add_content(pdf, b"q /GS9 gs 0 0 5 5 re f Q")

    return spoil


case("6.2.8", "transfer_function")(_with_state(TR=Name.Identity))
case("6.2.8", "second_transfer_function")(_with_state(TR2=Name.Identity))
case(None, "default_transfer_function")(_with_state(TR2=Name.Default))
case("6.2.9", "unknown_intent_in_a_state")(_with_state(RI=Name("/Pretty")))
case("6.4", "soft_mask_in_a_state")(_with_state(SMask=Dictionary(S=Name.Alpha)))
case(None, "no_soft_mask_in_a_state")(_with_state(SMask=Name("/None")))
case("6.4", "stroke_opacity")(_with_state(CA=0.5))
case("6.4", "fill_opacity")(_with_state(ca=0.5))
case(None, "full_opacity")(_with_state(CA=1, ca=1, BM=Name.Normal))
case("6.4", "blend_mode")(_with_state(BM=Name.Multiply))


@case("6.2.9")
def unknown_intent(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"/Pretty ri")


@case(None)
def known_intent(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"/Perceptual ri")


@case("6.2.10")
def unknown_operator(pdf: pikepdf.Pdf) -> None:
    add_content(pdf, b"BX 1 zz EX")


# --- 6.3 fonts ---------------------------------------------------------------------------------


def _standard_font(pdf: pikepdf.Pdf) -> None:
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
    )
    add_resource(pdf, "/Font", "/F9", pdf.make_indirect(font))


@case("6.3.4")
def font_not_embedded(pdf: pikepdf.Pdf) -> None:
    _standard_font(pdf)
    add_content(pdf, b"BT /F9 9 Tf (a) Tj ET")


@case("6.3.4")
def font_not_embedded_in_a_form(pdf: pikepdf.Pdf) -> None:
    _standard_font(pdf)
    fonts = Dictionary(Font=Dictionary(F9=pdf.pages[0].obj.Resources.Font.F9))
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, b"BT /F9 9 Tf (a) Tj ET", Resources=fonts))
    add_content(pdf, b"/Fm9 Do")


@case(None)
def font_not_embedded_but_invisible(pdf: pikepdf.Pdf) -> None:
    _standard_font(pdf)
    font = pdf.pages[0].obj.Resources.Font.F9
    font.FirstChar, font.LastChar, font.Widths = 97, 97, Array([556])
    add_content(pdf, b"BT 3 Tr /F9 9 Tf (a) Tj ET")


@case(None)
def font_not_embedded_and_not_used(pdf: pikepdf.Pdf) -> None:
    _standard_font(pdf)


def _vera(pdf: pikepdf.Pdf) -> Any:
    fonts = pdf.pages[0].obj.Resources.Font
    return next(
        font for _, font in fonts.items() if font.get("/FontDescriptor", {}).get("/FontFile2")
    )


@case("6.3.2")
def widths_that_do_not_agree(pdf: pikepdf.Pdf) -> None:
    _vera(pdf).LastChar = 5000


@case("6.3.2")
def font_without_type(pdf: pikepdf.Pdf) -> None:
    del _vera(pdf).Type


@case("6.3.4")
def font_program_that_is_a_page(pdf: pikepdf.Pdf) -> None:
    _vera(pdf).FontDescriptor.FontFile2 = pdf.make_stream(b"<html>" * 50, Length1=300)


@case("6.3.6")
def width_that_is_wrong(pdf: pikepdf.Pdf) -> None:
    font = _vera(pdf)
    font.Widths = Array([int(width) + 40 for width in font.Widths])


@case("6.3.7")
def symbolic_font_with_an_encoding(pdf: pikepdf.Pdf) -> None:
    font = _vera(pdf)
    font.FontDescriptor.Flags = 4
    font.Encoding = Name.WinAnsiEncoding


@case("6.3.7")
def plain_font_without_an_encoding(pdf: pikepdf.Pdf) -> None:
    font = _vera(pdf)
    font.FontDescriptor.Flags = 32
    if "/Encoding" in font:
        del font.Encoding


_GLYPH = 5


def _composite(pdf: pikepdf.Pdf, *, drop: tuple[str, ...] = (), **entries: object) -> None:
    program = _vera(pdf).FontDescriptor.FontFile2
    face = read_truetype(program.read_bytes())
    assert face
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/ABCDEF+Vera"), Flags=4,
        FontBBox=Array([-200, -300, 1300, 1000]), ItalicAngle=0, Ascent=900, Descent=-200,
        CapHeight=700, StemV=80, FontFile2=program, CIDSet=pdf.make_stream(b"\xff" * 40),
    )  # fmt: skip
    child = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/ABCDEF+Vera"),
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=round(face.width(_GLYPH)), CIDToGIDMap=Name.Identity,
    )  # fmt: skip
    for key in drop:
        del (child if key in child else descriptor)[key]
    font = Dictionary(
        **{
            "Type": Name.Font,
            "Subtype": Name.Type0,
            "BaseFont": Name("/ABCDEF+Vera"),
            "Encoding": Name("/Identity-H"),
            "DescendantFonts": Array([pdf.make_indirect(child)]),
            **entries,
        }
    )
    add_resource(pdf, "/Font", "/F9", pdf.make_indirect(font))
    add_content(pdf, b"BT /F9 9 Tf <%04X> Tj ET" % _GLYPH)


@case(None)
def composite_font(pdf: pikepdf.Pdf) -> None:
    _composite(pdf)


@case("6.3.5")
def subset_without_cidset(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, drop=("/CIDSet",))


@case("6.3.3.2")
def composite_font_without_map(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, drop=("/CIDToGIDMap",))


def _cmap(pdf: pikepdf.Pdf, *, ordering: str = "Identity", mode: int = 0) -> pikepdf.Stream:
    program = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo 3 dict dup begin /Registry (Adobe) def /Ordering "
        f"({ordering}) def /Supplement 0 def end def\n"
        "/CMapName /Essai def /CMapType 1 def /WMode 0 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        "1 begincidrange <0000> <00FF> 0 endcidrange\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    )
    return pdf.make_stream(
        program.encode(),
        Type=Name.CMap,
        CMapName=Name.Essai,
        WMode=mode,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering=ordering, Supplement=0),
    )


@case(None)
def embedded_cmap(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, Encoding=_cmap(pdf))


@case("6.3.3.1")
def cmap_of_another_ordering(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, Encoding=_cmap(pdf, ordering="Japan1"))


@case("6.3.3.3")
def cmap_of_another_writing_mode(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, Encoding=_cmap(pdf, mode=1))


@case("6.3.3.3")
def cmap_that_is_not_embedded(pdf: pikepdf.Pdf) -> None:
    _composite(pdf, Encoding=Name("/UniJIS-UCS2-H"))


# --- 6.4 transparency --------------------------------------------------------------------------


@case("6.4")
def image_with_a_soft_mask(pdf: pikepdf.Pdf) -> None:
    mask = pdf.make_stream(
        bytes(4), Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2, BitsPerComponent=8,
        ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    add_resource(pdf, "/XObject", "/Im9", image(pdf, SMask=mask))
    add_content(pdf, b"/Im9 Do")


_GROUP = {"Type": Name.Group, "S": Name.Transparency, "CS": Name.DeviceRGB}


@case("6.4")
def page_group(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Group = Dictionary(**_GROUP)


@case("6.4")
def form_group(pdf: pikepdf.Pdf) -> None:
    add_resource(pdf, "/XObject", "/Fm9", form(pdf, Group=Dictionary(**_GROUP)))
    add_content(pdf, b"/Fm9 Do")


# --- 6.5 annotations ---------------------------------------------------------------------------


@case(None)
def link(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, A=Dictionary(S=Name.URI, URI=String("https://example.org/")))


@case("6.5.2")
def attached_file(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, Subtype=Name.FileAttachment)


@case("6.5.2")
def movie(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, Subtype=Name.Movie)


@case("6.5.3")
def annotation_that_does_not_print(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, F=0)


@case("6.5.3")
def annotation_without_flags(pdf: pikepdf.Pdf) -> None:
    del add_annotation(pdf)["/F"]


@case("6.5.3")
def hidden_annotation(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, F=4 | 2)


@case("6.5.3")
def half_transparent_annotation(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, Subtype=Name.Square, CA=0.5, AP=Dictionary(N=form(pdf)))


@case(None)
def coloured_annotation(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, C=Array([1, 0, 0]))


@case("6.5.3")
def rollover_appearance(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, Subtype=Name.Square, AP=Dictionary(N=form(pdf), R=form(pdf)))


@case("6.5.3")
def appearance_that_is_a_dictionary(pdf: pikepdf.Pdf) -> None:
    add_annotation(pdf, Subtype=Name.Square, AP=Dictionary(N=Dictionary(On=form(pdf))))


@case("6.2.3.3")
def cmyk_in_an_appearance(pdf: pikepdf.Pdf) -> None:
    drawing = form(pdf, b"0 0 0 1 k 0 0 5 5 re f")
    add_annotation(pdf, Subtype=Name.Square, AP=Dictionary(N=drawing))


# --- 6.6 actions -------------------------------------------------------------------------------


def _action(kind: str, **entries: object) -> Spoil:
    def spoil(pdf: pikepdf.Pdf) -> None:
        add_annotation(pdf, A=Dictionary(S=Name(f"/{kind}"), **entries))

    return spoil


for _kind in ("Launch", "Sound", "Movie", "ResetForm", "ImportData", "JavaScript", "Hide", "NOP"):
    case("6.6.1", f"action_{_kind}")(_action(_kind))
case("6.6.1", "named_action_print")(_action("Named", N=Name.Print))
case(None, "named_action_next_page")(_action("Named", N=Name.NextPage))
case("6.6.1", "action_after_an_action")(
    _action("URI", URI=String("https://example.org/"), Next=Dictionary(S=Name.JavaScript))
)


@case("6.6.1")
def opening_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


@case(None)
def opening_destination(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


@case("6.6.1")
def script_of_a_bookmark(pdf: pikepdf.Pdf) -> None:
    item = pdf.make_indirect(Dictionary(Title="x", A=Dictionary(S=Name.JavaScript, JS="1")))
    outlines = pdf.make_indirect(Dictionary(First=item, Last=item, Count=1))
    item.Parent = outlines
    pdf.Root.Outlines = outlines


@case("6.6.2")
def additional_actions(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AA = Dictionary(WC=Dictionary(S=Name.URI, URI=String("https://example.org/")))


# --- 6.7 metadata ------------------------------------------------------------------------------


@case("6.7.2")
def no_metadata(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Metadata


@case("6.7.2")
def compressed_metadata(pdf: pikepdf.Pdf) -> None:
    data = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(data.hex().encode() + b">", filter=Name.ASCIIHexDecode)
    pdf.Root.Metadata.Type = Name("/XMeta")


def _packet(old: str, new: str) -> Spoil:
    def spoil(pdf: pikepdf.Pdf) -> None:
        assert old in XMP
        set_xmp(pdf, XMP.replace(old, new, 1))

    return spoil


_TITLE = "Lettre de liaison</rdf:li>"
_END = "  </rdf:Description>"
case("6.7.3", "title_that_differs")(_packet(_TITLE, "Lettre</rdf:li>"))
case("6.7.3", "author_that_differs")(_packet("Centre hospitalier", "Clinique"))
case("6.7.3", "two_authors")(
    _packet("hospitalier</rdf:li>", "hospitalier</rdf:li><rdf:li>Clinique</rdf:li>")
)
case("6.7.3", "tool_that_differs")(_packet("essai</xmp:Cr", "autre</xmp:Cr"))
case("6.7.3", "producer_that_differs")(_packet("essai</pdf:P", "autre</pdf:P"))
case("6.7.3", "date_that_differs")(_packet("10:15:00", "10:16:00"))
case(None, "same_moment_in_utc")(_packet("2024-03-15T10:15:00+01:00", "2024-03-15T09:15:00Z"))
case("6.7.5", "bytes_in_the_header")(_packet('9d"?', '9d" bytes="2000"?'))
case("6.7.5", "encoding_in_the_header")(_packet('9d"?', '9d" encoding="UTF-8"?'))
case("6.7.9", "packet_that_is_no_xml")(_packet("</rdf:RDF>", ""))
case("6.7.9", "unknown_property")(
    _packet(_END, f'<essai:x xmlns:essai="urn:essai:">1</essai:x>{_END}')
)
case("6.7.9", "unknown_property_of_a_known_schema")(
    _packet(_END, f"<dc:colour>x</dc:colour>{_END}")
)
case("6.7.9", "title_of_the_wrong_form")(
    _packet(f'<rdf:Alt><rdf:li xml:lang="x-default">{_TITLE}</rdf:Alt>', "Lettre de liaison")
)
case(None, "described_property")(_packet(_END, EXTENSION + _END))
case("6.7.8", "description_without_category")(
    _packet(
        _END, re.sub(r"<pdfaProperty:category>.*?</pdfaProperty:category>", "", EXTENSION) + _END
    )
)
case("6.7.8", "description_with_an_unknown_category")(
    _packet(_END, EXTENSION.replace("external", "elsewhere") + _END)
)
case("6.7.8", "description_of_an_unknown_type")(
    _packet(_END, EXTENSION.replace(">Text<", ">Wonder<") + _END)
)
case("6.7.11", "no_identification")(
    _packet("<pdfaid:part>1</pdfaid:part>\n   <pdfaid:conformance>B</pdfaid:conformance>", "")
)
case("6.7.11", "identified_as_part_2")(_packet("part>1<", "part>2<"))
case("6.7.11", "identified_as_level_u")(_packet("ance>B<", "ance>U<"))
case(None, "identified_as_level_a")(_packet("ance>B<", "ance>A<"))


@case("6.7.3")
def keywords_that_are_empty(pdf: pikepdf.Pdf) -> None:
    pdf.trailer.Info.Keywords = String("")


@case(None)
def entry_without_property(pdf: pikepdf.Pdf) -> None:
    pdf.trailer.Info["/Service"] = String("essai")


# --- 6.9 forms ---------------------------------------------------------------------------------


def _field(pdf: pikepdf.Pdf, **entries: object) -> pikepdf.Dictionary:
    field = add_annotation(
        pdf,
        **{
            "Subtype": Name.Widget,
            "FT": Name.Tx,
            "T": String("champ"),
            "AP": Dictionary(N=form(pdf)),
            **entries,
        },
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    return field


@case(None)
def field(pdf: pikepdf.Pdf) -> None:
    _field(pdf)


@case("6.9")
def field_without_appearance(pdf: pikepdf.Pdf) -> None:
    del _field(pdf)["/AP"]


@case("6.9")
def appearances_needed(pdf: pikepdf.Pdf) -> None:
    _field(pdf)
    pdf.Root.AcroForm.NeedAppearances = True


@case("6.6.1")
def field_with_an_action(pdf: pikepdf.Pdf) -> None:
    _field(pdf, A=Dictionary(S=Name.URI, URI=String("https://example.org/")))


@case("6.6.2")
def field_with_additional_actions(pdf: pikepdf.Pdf) -> None:
    _field(pdf, AA=Dictionary(K=Dictionary(S=Name.URI, URI=String("https://example.org/"))))


@case("6.5.3")
def button_with_one_appearance(pdf: pikepdf.Pdf) -> None:
    _field(pdf, FT=Name.Btn)


@case(None)
def button(pdf: pikepdf.Pdf) -> None:
    appearance = Dictionary(N=Dictionary(Yes=form(pdf), Off=form(pdf)))
    _field(pdf, FT=Name.Btn, AP=appearance, AS=Name("/Off"))
