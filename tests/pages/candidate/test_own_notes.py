"""Own notes on the candidate's page, without a script."""

from typing import Any

from tests.pages.browsing import Browser, Page
from tests.support.app import Running, raise_request


async def mine(app: Running) -> tuple[dict[str, Any], Browser, Page]:
    raised = await raise_request(app.client)
    browser = Browser(app.client, f"/requests/{raised['id']}")
    return raised, browser, await browser.enter(raised["manage_token"], "token")


async def test_a_note_is_added_shown_downloaded_and_deleted(app: Running) -> None:
    raised, browser, page = await mine(app)
    assert "Written down by you" not in page.text
    typed = {
        "note.channel": "phone",
        "note.received_on": "2026-11-19",
        "note.reasons": ["not_about_you", "application_material"],
        "note.circumstance": "internal",
        "note.doubt": "<b>You only write for engineers.",
        "note.doubt_asked": "never_asked",
        "note.strength": "quality_of_work",
        "note.text": "Call again in spring.",
    }
    kept = await browser.press(page, "note", typed)
    assert kept.response.status_code == 200
    for line in (
        "Written down by you By phone, 19 November 2026",
        "A doubt about you: “<b>You only write for engineers.” You were never asked about it.",
        "“Call again in spring.”",
    ):
        assert line in kept.text, line
    assert "<b>You" not in kept.response.text
    # The form is empty again, so that nobody adds the same note twice.
    assert kept.value("note.doubt") == ""
    assert kept.chosen("note.reasons") == []
    assert "Print" in kept.buttons.values() or "data-print" in kept.response.text
    table = await browser.submit(kept, "table")
    assert "own_note,1,channel,phone,2026-11-19" in table.text
    (delete,) = [value for value in kept.buttons if value.startswith("delete_note:")]
    gone = await browser.press(kept, delete)
    assert "Written down by you" not in gone.text
    # The button is pressed again on a page that is still open.
    assert (await browser.press(kept, delete)).response.status_code == 200
    assert raised["id"] in browser.address


async def test_a_polite_no_is_two_taps(app: Running) -> None:
    _, browser, page = await mine(app)
    kept = await browser.press(page, "note", {"note.channel": "mail", "note.polite_no": "yes"})
    assert "By mail" in kept.text
    assert kept.text.count("It was a polite no, without a reason.") == 2  # The note, and the form's own question.


async def test_missing_values_are_reported_beside_their_fields_and_input_is_kept(app: Running) -> None:
    _, browser, page = await mine(app)
    refused = await browser.press(page, "note", {"note.strength_note": "Clear samples.", "note.text": "They called."})
    assert refused.response.status_code == 422
    assert "Say how it reached you." in refused.text
    assert "Choose what the example is about." in refused.text
    assert refused.value("note.text") == "They called."
    (folded,) = [given for tag, given in refused.tags if tag == "details" and "open" in given]
    assert folded["class"] == "more"
    empty = await browser.press(page, "note", {"note.channel": "mail"})
    assert "Write down what you heard, or that it was a polite no." in empty.text
