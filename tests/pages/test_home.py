"""The home page: raising a request with few fields, whose secrets are shown once."""

import re

import pytest

from tests.pages.browsing import Browser, Page
from tests.support.app import Running, dump

WHO = {"name": "Ben Ode", "company": "Acme", "role_title": "Technical writer"}


def manage_link(page: Page) -> tuple[str, str]:
    """Return the id and the manage token from the candidate's own link."""
    ((request_id, token),) = set(re.findall(r"/requests/([0-9a-f-]+)#m=(dm_[\w-]+)", page.text))
    return request_id, token


async def raise_it(app: Running, **typed: str) -> Page:
    browser = Browser(app.client, "/")
    return await browser.press(await browser.open(), None, WHO | typed)


async def test_the_first_page_asks_little(app: Running) -> None:
    page = await Browser(app.client, "/").open()
    assert {name for name, _ in page.fields} == {
        *("nonce", "name", "company", "role_title", "interviewed_on", "worry", "person", "people", "manager", "email"),
        *("says", "link", "own_question", "closes_on"),
    }


@pytest.mark.parametrize(
    ("typed", "links", "told"),
    [
        ({"to": "one", "person": "Omar Haddad"}, 1, "15 minutes later, signed"),
        ({"to": "one"}, 1, "15 minutes later, signed"),
        ({"to": "several", "people": "Omar Haddad\n\n Lin Mei \nCleo Brandt"}, 3, "For that all 3 have to answer"),
        ({"to": "manager", "manager": "Ada Ruiz"}, 1, "answers for the team"),
    ],
)
async def test_three_ways_to_ask(app: Running, typed: dict[str, str], links: int, told: str) -> None:
    page = await raise_it(app, worry="You may think that I only write for engineers", **typed)
    assert page.response.status_code == 201
    assert len(set(re.findall(r"/[rq]/[0-9a-f-]+#c=\w+", page.text))) == links
    assert told in page.text
    request_id, token = manage_link(page)
    mine = await Browser(app.client, f"/requests/{request_id}").enter(token, "token")
    assert "Technical writer at Acme" in mine.text


async def test_each_note_names_its_reader_and_carries_one_link(app: Running) -> None:
    page = await raise_it(app, to="several", people="Omar Haddad\nLin Mei\nCleo Brandt")
    notes = re.findall(r"Dear ([\w ]+),.*?#c=(\w+).*?Ben Ode", page.text)
    assert [name for name, _ in notes] == ["Omar Haddad", "Lin Mei", "Cleo Brandt"]
    assert len({code for _, code in notes}) == 3


async def test_missing_values_are_reported_beside_each_field(app: Running) -> None:
    browser = Browser(app.client, "/")
    page = await browser.press(await browser.open(), None, {"worry": "Kept.", "says": "Kept, too."})
    assert page.response.status_code == 422
    assert {"#name", "#company", "#role_title", "#to"} <= set(page.links)
    assert [page.value("worry"), page.value("says")] == ["Kept.", "Kept, too."]
    few = await raise_it(app, to="several", people="Omar Haddad")
    assert "Write two to 10 names" in few.text
    assert few.value("people") == "Omar Haddad"
    link = await raise_it(app, to="one", worry="Mine", link="http://insecure.example")
    assert "A link must begin with https://." in link.text


async def test_repeated_form_raises_once_and_changed_form_raises_again(app: Running) -> None:
    browser = Browser(app.client, "/")
    form = await browser.open()
    first = await browser.press(form, None, WHO | {"to": "one"})
    stored = await dump(app)
    second = await browser.press(form, None, WHO | {"to": "one"})
    assert first.response.content == second.response.content
    assert await dump(app) == stored
    changed = await browser.press(form, None, WHO | {"to": "one", "company": "Other"})
    assert "This form was sent before" in changed.text
    anew = await browser.press(changed, None)
    assert anew.response.status_code == 201
    assert manage_link(anew) != manage_link(first)


async def test_hostile_names_stay_text(app: Running) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    page = await raise_it(app, name=hostile, to="manager", manager=hostile)
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert hostile in page.text


async def test_repeated_form_after_erasure_shows_no_secret(app: Running) -> None:
    browser = Browser(app.client, "/")
    form = await browser.open()
    first = await browser.press(form, None, WHO | {"to": "one"})
    request_id, token = manage_link(first)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await app.client.delete(f"/v1/feedback-requests/{request_id}", headers=headers)).status_code == 204

    again = await browser.press(form, None, WHO | {"to": "one"})

    assert again.response.status_code == 410
    assert token not in again.response.text
    assert "erased or withdrawn" in again.text


@pytest.mark.parametrize(
    ("people", "told"),
    [(2, "both have to answer"), (3, "all 3 have to answer"), (5, "3 of the 5 have to answer")],
)
async def test_the_page_says_how_many_have_to_answer(app: Running, people: int, told: str) -> None:
    page = await raise_it(app, to="several", people="\n".join(f"Person {number}" for number in range(people)))
    assert f"For that {told}" in page.text
    mine = await Browser(app.client, "/requests").enter(manage_link(page)[1], "token")
    assert f"For you to read anything, {told}." in mine.text


async def test_somebody_who_has_asked_already_finds_the_request_by_link_or_token(app: Running) -> None:
    home = await Browser(app.client, "/").open()
    assert "/requests" in home.links
    request_id, token = manage_link(await raise_it(app, to="one"))
    browser = Browser(app.client, "/requests")
    before = await dump(app)
    mine = await browser.enter(token, "token")
    for pasted in (f"https://debrief.test/requests/{request_id}#m={token}", f"“{token}”."):
        mine = await browser.enter(pasted, "token")
        assert "Technical writer at Acme" in mine.text
        assert mine.value("token") == token
    for wrong in (token[:-1], "dm_", ""):
        refused = await browser.enter(wrong, "token")
        assert (refused.response.status_code, "There is no such request" in refused.text) == (404, True)
    assert await dump(app) == before
    # The buttons of that page work there, too.
    mine = await browser.enter(token, "token")
    assert "Withdrawn." in (await browser.press(mine, "withdraw", {"withdraw_understood": "yes"})).text


async def test_the_own_link_is_a_qr_code_too(app: Running) -> None:
    raised = await raise_it(app, to="one")
    mine = await Browser(app.client, "/requests").enter(manage_link(raised)[1], "token")
    for page in (raised, mine):
        (code,) = [given for tag, given in page.tags if tag == "svg"]
        assert (code["role"], code["aria-label"]) == ("img", "QR code of your own link")
        # The policy of our pages allows no style in an element.
        assert all("style" not in given for _, given in page.tags)
