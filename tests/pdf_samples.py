"""PDFs made here for the tests: a conforming PDF/A-1b, and the means to spoil one thing in it.

Nothing in it comes from the package: the metadata are written by hand, the ICC profile is that of
the package only because a test of its own compares it with lcms.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pikepdf
import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from segur_interop.pdf._conversion.icc import srgb_profile

FONTS = Path(reportlab.__file__).parent / "fonts"
TITLE = "Lettre de liaison"
DATE = "D:20240315101500+01'00'"
XMP_DATE = "2024-03-15T10:15:00+01:00"

XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdfaid:part>1</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{TITLE}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>Centre hospitalier</rdf:li></rdf:Seq></dc:creator>
   <xmp:CreatorTool>essai</xmp:CreatorTool>
   <xmp:CreateDate>{XMP_DATE}</xmp:CreateDate>
   <pdf:Producer>essai</pdf:Producer>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""

EXTENSION = """</rdf:Description><rdf:Description rdf:about="" xmlns:essai="urn:essai:"
  xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfaExtension:schemas><rdf:Bag>
  <rdf:li rdf:parseType="Resource">
   <pdfaSchema:schema>essai</pdfaSchema:schema>
   <pdfaSchema:namespaceURI>urn:essai:</pdfaSchema:namespaceURI>
   <pdfaSchema:prefix>essai</pdfaSchema:prefix>
   <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
     <pdfaProperty:name>version</pdfaProperty:name>
     <pdfaProperty:valueType>Text</pdfaProperty:valueType>
     <pdfaProperty:category>external</pdfaProperty:category>
     <pdfaProperty:description>une version</pdfaProperty:description>
   </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas>
  <essai:version>2</essai:version>"""

Spoil = Callable[[pikepdf.Pdf], None]


@cache
def _pages(count: int) -> bytes:
    pdfmetrics.registerFont(TTFont("Vera", FONTS / "Vera.ttf"))
    out = io.BytesIO()
    page = canvas.Canvas(out, initialFontName="Vera", pdfVersion=(1, 4), invariant=True)
    for number in range(count):
        page.setFont("Vera", 11)
        for line in range(20):
            page.drawString(60, 780 - 18 * line, f"Page {number + 1}, ligne {line} : été, cœur")
        page.setFillColorRGB(0.1, 0.2, 0.6)
        page.rect(60, 60, 100, 40, stroke=1, fill=1)
        page.showPage()
    page.save()
    return out.getvalue()


def open_sample(pages: int = 1) -> pikepdf.Pdf:
    """A conforming document, open."""
    pdf = pikepdf.open(io.BytesIO(_pages(pages)))
    for page in pdf.pages:
        if "/Group" in page.obj:
            del page.obj["/Group"]
    pdf.trailer.Info = pdf.make_indirect(
        pikepdf.Dictionary(
            Title=TITLE,
            Author="Centre hospitalier",
            Creator="essai",
            Producer="essai",
            CreationDate=DATE,
        )
    )
    set_xmp(pdf, XMP)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier="sRGB",
        DestOutputProfile=pdf.make_stream(srgb_profile(), N=3),
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])
    return pdf


def set_xmp(pdf: pikepdf.Pdf, packet: str) -> None:
    """Replace the packet of the catalog."""
    stream = pikepdf.Stream(pdf, packet.encode())
    stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = pdf.make_indirect(stream)


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    """Saved as PDF/A-1 asks, unless told otherwise."""
    out = io.BytesIO()
    settings: dict[str, object] = {
        "object_stream_mode": pikepdf.ObjectStreamMode.disable,
        "force_version": "1.4",
        "deterministic_id": True,
        "fix_metadata_version": False,
        **options,
    }
    pdf.save(out, **settings)  # type: ignore[arg-type]
    return out.getvalue()


@cache
def conforming(pages: int = 1) -> bytes:
    """The octets of a conforming PDF/A-1b."""
    return saved(open_sample(pages))


def spoilt(spoil: Spoil, **options: object) -> bytes:
    """A conforming document with one thing changed."""
    pdf = open_sample()
    spoil(pdf)
    return saved(pdf, **options)


def add_content(pdf: pikepdf.Pdf, content: bytes) -> None:
    """Append instructions to the first page."""
    pdf.pages[0].contents_add(pdf.make_stream(b"\n" + content + b"\n"))


def add_resource(pdf: pikepdf.Pdf, kind: str, key: str, value: object) -> None:
    """Give the first page one more resource."""
    resources = pdf.pages[0].obj.Resources
    if kind not in resources:
        resources[kind] = pikepdf.Dictionary()
    resources[kind][key] = value


def add_annotation(pdf: pikepdf.Pdf, **entries: object) -> pikepdf.Dictionary:
    """Put an annotation on the first page; a conforming link unless told otherwise."""
    annotation = pdf.make_indirect(
        pikepdf.Dictionary(
            **{
                "Type": pikepdf.Name.Annot,
                "Subtype": pikepdf.Name.Link,
                "Rect": pikepdf.Array([60, 60, 160, 100]),
                "F": 4,
                "Border": pikepdf.Array([0, 0, 0]),
                **entries,
            }
        )
    )
    page = pdf.pages[0].obj
    page.Annots = pikepdf.Array([*page.get("/Annots", []), annotation])
    return annotation


def image(pdf: pikepdf.Pdf, **entries: object) -> pikepdf.Stream:
    """A two by two RGB image."""
    return pdf.make_stream(
        bytes(range(12)),
        **{
            "Type": pikepdf.Name.XObject,
            "Subtype": pikepdf.Name.Image,
            "Width": 2,
            "Height": 2,
            "BitsPerComponent": 8,
            "ColorSpace": pikepdf.Name.DeviceRGB,
            **entries,
        },
    )


def form(pdf: pikepdf.Pdf, content: bytes = b"0 0 10 10 re f", **entries: object) -> pikepdf.Stream:
    """A form XObject."""
    return pdf.make_stream(
        content,
        **{
            "Type": pikepdf.Name.XObject,
            "Subtype": pikepdf.Name.Form,
            "BBox": pikepdf.Array([0, 0, 100, 100]),
            **entries,
        },
    )
