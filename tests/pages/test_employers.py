"""The page for HR and legal makes the same promises as the form for invitees."""

from app.rounds import statement
from tests.pages.browsing import read
from tests.support.app import Running


async def test_it_repeats_the_statement_of_the_form(app: Running) -> None:
    text = read(await app.client.get("/for-employers")).text

    watch = statement.SEALED.format(operator="Whoever runs this server").partition(";")[0]
    assert watch == "Whoever runs this server could watch while answers come in"
    assert watch in text
    who, _, condition = statement.BLIND.partition(" which confirmed colleague wrote which text, ")
    assert f"n{who[1:]} who wrote which text, {condition.replace('you answer', 'they answer')[:30]}" in text
    assert "a network that is not tied to them" in text


async def test_it_names_the_limits_of_anonymity(app: Running) -> None:
    text = read(await app.client.get("/for-employers")).text

    for told in (
        "may still recognise a detail, a style or a moment",
        "With two people asked it is a guess between two",
        "Devices and networks of yours may show",
        "whoever runs this server could read it, too",
    ):
        assert told in text
