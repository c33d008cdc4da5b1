"""The page for HR and legal makes the same promises as the form for invitees."""

import re
from pathlib import Path

import pytest

import app as app_package
from app.accounts.rules import Section
from app.pages import employers
from app.pages.candidate import offer
from app.rounds import statement
from app.vocabulary.answer import Answer, HiredProfile
from app.vocabulary.codes import Standing
from tests.pages.browsing import read
from tests.support.app import Running


async def test_it_repeats_the_statement_of_the_form(app: Running) -> None:
    text = read(await app.client.get("/for-employers")).text

    assert (
        statement.CAN_POINT.format(operator="")
        .replace("you:", "an author:")
        .replace("your", "their")
        .replace("you use", "they use")
        in text
    )
    told = statement.BLIND.replace("which confirmed colleague", "who").replace("you answer", "they answer")
    told = told.replace("tied to you", "tied to them").replace("your first", "their first")
    assert f"n{told[1:]}" in text


async def test_it_says_all_that_the_form_asks(app: Running) -> None:
    """Whatever an answer can hold is named, and nothing that is asked is denied."""
    text = read(await app.client.get("/for-employers")).text

    assert set(employers.ASKED) | {"hired_profile"} == set(Answer.model_fields)
    assert set(employers.ABOUT_THE_DECISION) == set(HiredProfile.model_fields)
    for words in (*employers.ASKED.values(), *employers.ABOUT_THE_DECISION.values()):
        assert words in text
    never = text.partition("What is never asked")[2].partition("Who reads it")[0]
    assert never
    for listed in (Standing, Section):
        assert not [code for code in listed if code.value.replace("_", " ") in never]
    assert "ranking" not in text


def test_an_offer_says_all_that_the_form_asks() -> None:
    assert set(offer._ASKED_FOR) == set(Section)
    assert "stood" in offer._ASKED_FOR[Section.HIRED_PROFILE]


@pytest.mark.parametrize(
    "path", ["pages/templates/offer.html", "applications/letters.py", "pages/templates/employers.html"]
)
def test_nothing_is_promised_that_does_not_exist(path: str) -> None:
    """No reply to an author, no early end: neither exists."""
    text = " ".join((Path(app_package.__file__).parent / path).read_text().split())
    assert not re.search("put right|misunderst|or sooner|once everyone", text)


async def test_it_names_the_limits_of_anonymity(app: Running) -> None:
    text = read(await app.client.get("/for-employers")).text

    for told in (
        "may still recognise a detail, a style or a moment",
        "With two people asked it is a guess between two",
        "Devices and networks of yours may show",
        "whoever runs this server could read it, too",
    ):
        assert told in text
