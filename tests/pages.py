"""Pages of documents seen as trees: what a browser would run or load is looked for in them."""

from __future__ import annotations

import base64
from typing import Any

import lxml.html
from lxml import etree

HL7 = "urn:hl7-org:v3"
ACTIVE = frozenset(
    {
        "script", "iframe", "frame", "frameset", "embed", "applet", "form", "input", "button",
        "select", "textarea", "link", "base", "math", "video", "audio", "source", "track",
        "template", "noscript", "portal", "foreignobject", "animate", "set", "use",
    }
)  # fmt: skip
ADDRESSES = frozenset(
    {
        "href", "src", "data", "action", "formaction", "poster", "srcset", "background", "cite",
        "longdesc", "manifest", "ping", "xlink:href", "codebase", "archive", "classid", "profile",
        "usemap",
    }
)  # fmt: skip
SAFE_DATA = (
    "data:application/pdf;base64,",
    "data:application/octet-stream;base64,",
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/tiff;base64,",
    "data:image/svg+xml;base64,",
    "data:text/plain;base64,",
    "data:text/rtf;base64,",
)


def parsed(page: str) -> Any:
    """The tree of a page, as an HTML parser makes it."""
    return lxml.html.document_fromstring(
        page.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")
    )


def dangers(page: str) -> list[str]:
    """Everything in a page that could run or load; nothing is expected."""
    found = []
    for element in parsed(page).iter(etree.Element):
        name = str(element.tag).lower()
        if name in ACTIVE:
            found.append(name)
        if name == "meta" and element.get("http-equiv", "").lower() == "refresh":
            found.append("refresh")
        if name == "style" and element.getparent().tag != "head":
            found.append("style")
        for key, value in element.attrib.items():
            found += _danger(name, str(key).lower(), value)
    return found


def _danger(name: str, key: str, value: str) -> list[str]:
    if key.startswith("on") or key in {"style", "srcdoc", "target"}:
        return [f"{name} {key}"]
    if key not in ADDRESSES or value.startswith("#"):
        return []
    allowed = {("img", "src"), ("object", "data"), ("a", "href")}
    if (name, key) in allowed and value.startswith(SAFE_DATA):
        return []
    return [f"{name} {key} {value[:30]}"]


def headings(page: str) -> list[int]:
    """Levels of the headings, in order."""
    return [
        int(element.tag[1]) for element in parsed(page).iter("h1", "h2", "h3", "h4", "h5", "h6")
    ]


def words(page: str) -> str:
    """The text of the body on one line, a space between elements."""
    return " ".join(" ".join(parsed(page).find("body").itertext()).split())


def level1(content: bytes | str, media_type: str = "application/pdf", **attributes: str) -> bytes:
    """A document whose body is these octets in base64, or this text as it is."""
    if isinstance(content, bytes):
        content = base64.b64encode(content).decode()
        attributes = {"representation": "B64", **attributes}
    text = etree.Element(f"{{{HL7}}}text", {"mediaType": media_type, **attributes})
    text.text = content
    return _document(
        b"<component><nonXMLBody>" + etree.tostring(text) + b"</nonXMLBody></component>"
    )


def level3(*sections: str, extra: str = "") -> bytes:
    """A document of these sections, each the inside of a `section`."""
    made = "".join(f"<component><section>{item}</section></component>" for item in sections)
    return _document(
        f"<component><structuredBody>{made}{extra}</structuredBody></component>".encode()
    )


def narrated(text: str, title: str = "Section") -> bytes:
    """A document of one section with this narrative."""
    return level3(f"<title>{title}</title><text>{text}</text>")


def _document(body: bytes) -> bytes:
    return (
        b'<ClinicalDocument xmlns="urn:hl7-org:v3" '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xmlns:xlink="http://www.w3.org/1999/xlink">'
        b"<title>Essai</title>" + body + b"</ClinicalDocument>"
    )


def media(identifier: str, octets: bytes, media_type: str) -> str:
    """A component of a section that holds a file."""
    body = base64.b64encode(octets).decode()
    return (
        f'<entry><observationMedia classCode="OBS" moodCode="EVN" ID="{identifier}">'
        f'<value mediaType="{media_type}" representation="B64">{body}</value>'
        "</observationMedia></entry>"
    )


ATTACKS = (
    "<script>window.hit=1</script>",
    '<content onclick="window.hit=1" onmouseover="window.hit=1">x</content>',
    '<linkHtml href="javascript:window.hit=1">x</linkHtml>',
    '<linkHtml href="JaVaScRiPt:window.hit=1">x</linkHtml>',
    '<linkHtml href=" &#9;javascript:window.hit=1">x</linkHtml>',
    '<linkHtml href="java&#10;script:window.hit=1">x</linkHtml>',
    '<linkHtml href="data:text/html,&lt;script&gt;window.hit=1&lt;/script&gt;">x</linkHtml>',
    '<linkHtml href="vbscript:msgbox(1)">x</linkHtml>',
    '<linkHtml href="https://ailleurs.example/x">x</linkHtml>',
    '<linkHtml href="//ailleurs.example/x">x</linkHtml>',
    '<linkHtml href="file:///etc/passwd">x</linkHtml>',
    '<linkHtml href="#&quot; onclick=&quot;window.hit=1">x</linkHtml>',
    '<content ID="&quot;&gt;&lt;script&gt;window.hit=1&lt;/script&gt;">x</content>',
    '<content styleCode="&quot; onclick=&quot;window.hit=1">x</content>',
    '<td align="&quot; onclick=&quot;window.hit=1">x</td>',
    "<table><tbody><tr><td colspan='\"&gt;&lt;img src=x onerror=window.hit=1&gt;'>x</td></tr>"
    "</tbody></table>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "&lt;img src=x onerror=window.hit=1&gt;",
    "&lt;/div&gt;&lt;/main&gt;&lt;/body&gt;&lt;svg onload=window.hit=1&gt;",
    "&lt;!--&gt;&lt;script&gt;window.hit=1&lt;/script&gt;--&gt;",
    "<!-- <script>window.hit=1</script> -->",
    "<?php echo '<script>window.hit=1</script>' ?>",
    "<![CDATA[<script>window.hit=1</script>]]>",
    '<img src="x" onerror="window.hit=1"/>',
    '<img src="https://ailleurs.example/pixel.png"/>',
    '<svg xmlns="http://www.w3.org/2000/svg" onload="window.hit=1">'
    "<script>window.hit=1</script></svg>",
    '<html:script xmlns:html="http://www.w3.org/1999/xhtml">window.hit=1</html:script>',
    '<html:a xmlns:html="http://www.w3.org/1999/xhtml" href="javascript:window.hit=1">x</html:a>',
    '<iframe src="javascript:window.hit=1"/>',
    '<object data="javascript:window.hit=1"/>',
    '<embed src="data:text/html,&lt;script&gt;window.hit=1&lt;/script&gt;"/>',
    '<form action="javascript:window.hit=1"><input type="submit"/></form>',
    "<style>body{background:url(https://ailleurs.example/)}</style>",
    '<base href="https://ailleurs.example/"/>',
    '<meta http-equiv="refresh" content="0;url=https://ailleurs.example/"/>',
    '<content style="background:url(javascript:window.hit=1)">x</content>',
    '<content xlink:href="javascript:window.hit=1">x</content>',
    '<renderMultiMedia referencedObject="&quot; onerror=&quot;window.hit=1"/>',
    '<renderMultiMedia referencedObject="nulle-part"/>',
    '<footnoteRef IDREF="nulle-part"/>',
    '<list listType="&quot; onclick=&quot;window.hit=1"><item>x</item></list>',
    "<noscript><p title='&lt;/noscript&gt;&lt;script&gt;window.hit=1&lt;/script&gt;'>x</p>"
    "</noscript>",
    "<template><script>window.hit=1</script></template>",
    "<math><mtext><script>window.hit=1</script></mtext></math>",
    "<textarea><script>window.hit=1</script></textarea>",
    "<title>&lt;/title&gt;&lt;script&gt;window.hit=1&lt;/script&gt;</title>",
    "<paragraph>&#x202e;txet\u2066</paragraph>",
)
"""What a hostile sender could write in a narrative; `window.hit` tells that it ran."""
