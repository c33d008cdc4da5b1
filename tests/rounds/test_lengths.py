"""What an observer of the network sees of a form or a preview is one length per round, whoever looks at whatever."""

from typing import Any

import pytest

from tests.app import ADA, CLEO, LIN, OMAR, Running, codes, raise_request, round_id
from tests.vocabulary.builders import a_full_answer, a_sealed_answer

EVERYBODY = [OMAR, LIN, CLEO, {"role": "reference"}, {"role": "hiring_manager"}, {"role": "other"}]
WORRIES = [{"text": "w" * 200, "says": "s" * 280, "link": "https://example.test/" + "l" * 270}] * 3


async def lengths(app: Running, raised: dict[str, Any], what: str, *bodies: dict[str, Any]) -> set[int]:
    found = set()
    for code in codes(raised):
        for body in bodies:
            response = await app.client.post(f"/v1/rounds/{round_id(raised)}/{what}", json={"code": code, **body})
            assert response.status_code == 200, response.text
            # Still JSON, and as long as it says.
            assert response.json()
            assert int(response.headers["content-length"]) == len(response.content)
            found.add(len(response.content))
    return found


@pytest.mark.parametrize("worries", [[], WORRIES])
async def test_a_form_is_equally_long_for_everybody(app: Running, worries: list[dict[str, str]]) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY, worries=worries, manager=ADA)

    (length,) = await lengths(app, raised, "form", {})

    assert length % (16 * 1024) == 0


async def test_the_role_does_not_tip_a_form_over_the_edge(app: Running) -> None:
    print("X")
    raised = await raise_request(app.client, invitees=EVERYBODY, candidate={"name":"\U0001d6d2"*80}, company="\U0001d6d2"*80,role_title="\U0001d6d2"*80, own_question="\U0001d6d2"*280,worries=[{"text": "\U0001d6d2" * 200, "says": "\U0001d6d2" * 280, "link": "https://example.test/" + "l" * 270}] * 3)
    response = await app.client.post(f"/v1/rounds/{round_id(raised)}/form", json={"code": codes(raised)[0]})
    print(len(response.content.rstrip()))
    assert 0


async def test_a_preview_is_equally_long_whatever_was_written(app: Running) -> None:
    raised = await raise_request(app.client, invitees=EVERYBODY, worries=WORRIES, own_question="Why?")
    longest = a_full_answer("\u4e2d").model_dump(mode="json", exclude_none=True)
    shortest = a_sealed_answer().model_dump(mode="json", exclude_none=True)

    (length,) = await lengths(app, raised, "preview", {"answer": {}}, {"answer": shortest}, {"answer": longest})

    assert length == 64 * 1024
