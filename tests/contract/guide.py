"""Write the guide to integrating a system as a part of a page: `python -m tests.contract.guide`."""

import sys
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/integrating.md"
PAGE = ROOT / "app/pages/templates/_integrating.html"


def rendered() -> str:
    """Return the guide in HTML. Nothing in it is a template, and no HTML in it passes as such."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(GUIDE.read_text())
    html = html.replace("<table>", '<div class="table" tabindex="0" role="region" aria-label="Table"><table>')
    return f"{{% raw %}}\n{html.replace('</table>', '</table></div>')}{{% endraw %}}\n"


if __name__ == "__main__":
    PAGE.write_text(rendered())
    sys.stdout.write(f"Wrote {PAGE.relative_to(ROOT)}.\n")
