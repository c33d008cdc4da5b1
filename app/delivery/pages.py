"""The few pages that mail needs, as plain as can be: strings of HTML, escaped by the one function that makes them."""

from html import escape

from app.delivery.mail.reading import Found, Stored


def page(title: str, *body: str) -> str:
    """Return a page; `body` is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - Debrief</title></head><body><main><h1>{escape(title)}</h1>"
        f"{''.join(body)}</main></body></html>\n"
    )


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def ask_to_unsubscribe() -> str:
    """Return the page that only asks: a scanner that follows every link must not end anybody's mail."""
    return page(
        "Never write to me again",
        paragraph("Press the button, and Debrief never writes to this address again. Your links go on working."),
        '<form method="post"><button type="submit">Never write to me again</button></form>',
    )


def unsubscribed() -> str:
    """Return the page that says that it is done."""
    return page("Done", paragraph("Debrief will not write to this address again."))


def mailbox(stored: list[Stored]) -> str:
    """Return the list of mails of a development server."""
    if not stored:
        return page("Development mailbox", paragraph("No mail yet."))
    rows = "".join(
        f'<li><a href="/dev/mail/{one.id}">{escape(one.subject)}</a> to {escape(one.to)}, {escape(one.date)}</li>'
        for one in stored
    )
    return page("Development mailbox", f"<ul>{rows}</ul>")


def mail(found: Found) -> str:
    """Return one mail: its headers, what a reader sees, and the plain text."""
    headers = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in found.headers)
    return page(
        found.subject,
        '<p><a href="/dev/mail">All mails</a></p>',
        f"<dl>{headers}</dl>",
        # Our own template, in which everything that came from outside is escaped.
        f"<section>{found.html_body}</section>",
        f"<h2>As plain text</h2><pre>{escape(found.text)}</pre>",
    )
