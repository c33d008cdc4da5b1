"""QR codes of links: inline SVG, made on the server, so that no other site and no URL sees the link."""

import segno
from markupsafe import Markup


def qr_code(url: str) -> Markup:
    """Return the QR code of `url` as an inline SVG, dark on light in both colour schemes, with the quiet zone."""
    code = segno.make_qr(url, error="m")
    svg = code.svg_inline(border=4, light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    # Segno makes the whole element; the URL is in it as modules only.
    return Markup(svg.replace("<svg ", '<svg role="img" aria-label="QR code of your own link" ', 1))  # noqa: S704
