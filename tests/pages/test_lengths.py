"""Pages for anonymous people have one length, whatever they wrote or pressed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.pages.rendering import ROUND_LENGTH
from tests.pages.browsing import Browser
from tests.support.app import CLEO, LIN, OMAR, Running, codes, raise_request, round_id

# Three bytes each: with them the longest answer that the form takes comes close to the 16 KiB of JSON that are legal.
LETTER = "界"
WORRIES = [{"text": LETTER * 200, "says": LETTER * 280}] * 2
SHORTEST = {"reasons": "not_about_you", "if_too_few": "withhold"}
LONGEST: dict[str, str | Sequence[str]] = {
    "reasons": ["motivation_or_role_understanding", "other", "required_qualification"],
    **{f"detail.{code}": LETTER * 600 for code in ("motivation_or_role_understanding", "other")},
    "worry.0.played": "decisive",
    "worry.0.note": LETTER * 280,
    "worry.1.played": "decisive",
    **{f"worry.{index}.source": "something_not_mentioned" for index in range(2)},
    **{f"worry.{index}.asked": "never_asked" for index in range(2)},
    "worry.1.note": LETTER * 280,
    **{f"concern.{index}.statement": LETTER * 280 for index in range(2)},
    **{f"concern.{index}.source": "something_not_mentioned" for index in range(2)},
    **{f"concern.{index}.asked": "never_asked" for index in range(2)},
    "strength.0.competency": "learning_adaptability",
    "strength.0.note": LETTER * 280,
    "strength.1.competency": "communication",
    "strength.1.note": LETTER * 280,
    "advice": LETTER * 600,
    "own_question_reply": LETTER * 600,
    "if_too_few": "codes_only",
}
UNDERSTOOD = {"decline_understood": "yes"}
DECLINED = {"reason": "company_policy"}


async def lengths(
    app: Running, raised: Mapping[str, Any], code: str, *pressed: tuple[str, Mapping[str, Any]]
) -> set[int]:
    browser = Browser(app.client, f"/r/{round_id(dict(raised))}")
    page = await browser.enter(code)
    found = {len(page.response.content)}
    for button, typed in pressed:
        response = await browser.submit(page, None, {**typed, "do": button})
        assert response.status_code in {200, 409, 422}
        assert response.headers["content-type"].startswith("text/html")
        found.add(len(response.content))
    return found


@pytest.mark.parametrize("over", [{}, {"worries": WORRIES, "own_question": LETTER * 280}], ids=["plain", "talkative"])
async def test_every_page_of_a_link_is_equally_long(app: Running, over: dict[str, Any]) -> None:
    raised = await raise_request(app.client, invitees=[OMAR, LIN, CLEO, {"role": "other"}], **over)
    omar, lin, cleo, nobody = codes(raised)
    longest = (
        LONGEST if over else {name: value for name, value in LONGEST.items() if not name.startswith(("worry", "own"))}
    )
    found = await lengths(app, raised, omar, ("check", SHORTEST), ("send", SHORTEST), ("send", SHORTEST))
    found |= await lengths(app, raised, lin, ("check", longest), ("check", {}), ("send", longest), ("send", longest))
    # A second answer by the same person is refused with a page of the same length.
    found |= await lengths(app, raised, lin, ("send", longest), ("decline", DECLINED | UNDERSTOOD))
    found |= await lengths(app, raised, cleo, ("check_decline", {}), ("check_decline", DECLINED))
    found |= await lengths(app, raised, cleo, ("decline", DECLINED | UNDERSTOOD))
    assert found == {ROUND_LENGTH}

    refused = await Browser(app.client, f"/r/{round_id(raised)}").post([("code", "nonsense"), ("do", "open")])
    assert (refused.status_code, len(refused.content)) == (404, ROUND_LENGTH)
    app.clock.advance(days=9)
    over_ = await Browser(app.client, f"/r/{round_id(raised)}").post([("code", nobody), ("do", "open")])
    assert (over_.status_code, len(over_.content)) == (410, ROUND_LENGTH)
