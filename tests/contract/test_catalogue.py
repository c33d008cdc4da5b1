"""Every code that the application can answer with is in docs/errors.md, with its status and a sentence."""

from pathlib import Path

import pytest

from app.core import problem_types
from tests.contract.catalogue import CATALOGUE, Entry, entries, entries_of, page, types
from tests.support.app import an_app


@pytest.fixture(scope="module")
def found() -> list[Entry]:
    return entries()


def test_the_page_is_what_the_code_says(found: list[Entry]) -> None:
    assert CATALOGUE.read_text() == page(found), "run `make openapi`"


async def test_the_type_of_each_problem_leads_to_what_it_means(
    found: list[Entry], sqlite_url: str, tmp_path: Path
) -> None:
    assert problem_types.CATALOGUE.read_text() == types(found), "run `make openapi`"
    async with an_app(sqlite_url, tmp_path) as app:
        refused = (await app.client.get("/v1/nothing")).json()
        explained = (await app.client.get(refused["type"])).json()
        assert explained["meanings"] == [{name: refused[name] for name in ("status", "title", "detail")}]
        signature = (await app.client.get("/problems/bad_signature")).json()["meanings"]
        assert [one["title"] for one in signature] == ["The signature is not right"]
        for code in {one.code for one in found if one.status is not None}:
            assert (await app.client.get(f"/problems/{code}")).json()["code"] == code
        assert (await app.client.get("/problems/nothing")).status_code == 404


def test_all_kinds_are_found(found: list[Entry]) -> None:
    assert {one.status for one in found} >= {None, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503}
    assert len(found) > 100
    assert [one for one in found if not one.sentence] == []


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ('raise Conflict("too_late", "It is too late.")', Entry("too_late", 409, "It is too late.")),
        ('raise errors.Gone("over", f"Over since {day}.")', Entry("over", 410, "Over since ….")),
        ('raise TooManyRequests("slow", "Slow down.", 3)', Entry("slow", 429, "Slow down.")),
        ('raise Invalid([], code="odd", detail="This is odd.")', Entry("odd", 422, "This is odd.")),
        ('FieldError("/a", "too_odd", "Too odd.")', Entry("too_odd", None, "Too odd.")),
        ('raise one("/a", "too_even", "Too even.")', Entry("too_even", None, "Too even.")),
        ('PydanticCustomError("odd_day", "A day.")', Entry("odd_day", None, "A day.")),
    ],
)
def test_a_new_code_is_found(raised: str, expected: Entry) -> None:
    assert list(entries_of(raised, "app/new.py")) == [expected]


def test_both_codes_of_a_choice_are_found() -> None:
    chosen = entries_of('raise Gone("a" if late else "b", "Over.")', "app/new.py")
    assert [one.code for one in chosen] == ["a", "b"]


def test_a_code_that_is_put_together_is_refused() -> None:
    with pytest.raises(ValueError, match=r"app/new\.py:1: a code that is not written here: code"):
        list(entries_of('raise Conflict(code, "No.")', "app/new.py"))
