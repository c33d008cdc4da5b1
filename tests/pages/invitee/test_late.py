"""The page of a one-time link after its round has closed: what repeats or takes back what was sent in time."""

from tests.pages.browsing import read
from tests.pages.invitee.forms import SHORTEST, a_round
from tests.support.app import Running, codes, dump, tick


async def test_a_round_that_is_over_says_so_whatever_the_code(app: Running) -> None:
    raised, browser = await a_round(app)
    app.clock.advance(days=9)
    seen = [await browser.post([("code", code), ("do", "send")]) for code in (codes(raised)[0], "nonsense")]
    assert [one.status_code for one in seen] == [410, 410]
    assert seen[0].content == seen[1].content
    assert "This is over" in read(seen[0]).text


async def test_what_was_accepted_in_time_may_be_sent_again_after_the_deadline(app: Running) -> None:
    raised, browser = await a_round(app)
    mine, other, unused = codes(raised)
    answered = [*(await browser.enter(mine)).fields, *SHORTEST.items(), ("do", "send")]
    declining = (("reason", "no_time"), ("decline_understood", "yes"), ("do", "decline"))
    declined = [*(await browser.enter(other)).fields, *declining]
    first = [await browser.post(form) for form in (answered, declined)]
    assert [one.status_code for one in first] == [200, 200]

    app.clock.advance(days=9)
    before = await dump(app)
    again = [await browser.post(form) for form in (answered, declined)]
    assert [one.status_code for one in again] == [200, 200]
    assert [read(one).text for one in again] == [read(one).text for one in first]

    # 410 depends on the round only: nothing is told of a code by which nothing is repeated.
    def changed(form: list[tuple[str, str]], **over: str) -> list[tuple[str, str]]:
        return [(name, over.get(name, value)) for name, value in form]

    refused = [
        await browser.post(changed(answered, reasons="other")),
        await browser.post(changed(answered, if_too_few="nonsense")),
        await browser.post(changed(answered, code="0" * 26)),
        await browser.post(changed(answered, code=unused)),
        await browser.post(changed(answered, nonce="0" * 32)),
        await browser.post(changed(answered, do="open")),
        await browser.post(changed(answered, do="preview")),
        await browser.post(changed(declined, reason="other")),
        await browser.post(changed(declined, decline_understood="")),
        await browser.post(changed(declined, code="nonsense")),
    ]
    assert {one.status_code for one in refused} == {410}
    assert len({one.content for one in refused}) == 1
    assert await dump(app) == before

    await tick(app)
    assert (await browser.post(answered)).content == refused[0].content
