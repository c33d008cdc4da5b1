"""Right-to-left text in a sentence of a page does not reorder the sentence."""

from tests.pages.browsing import Browser
from tests.support.app import Running, codes, raise_request, round_id

WORRY = "You may think that I only write for engineers"


async def test_right_to_left_name_does_not_reorder_the_sentence(app: Running) -> None:
    name, company = "\u05d1\u05df \u05e2\u05d5\u05d3\u05d3", "\u0634\u0631\u06a9\u062a"
    raised = await raise_request(
        app.client, candidate={"name": f"{name}\u202e"}, company=company, worries=[{"text": f"\u202e{WORRY}"}]
    )
    form = await Browser(app.client, f"/r/{round_id(raised)}").enter(codes(raised)[0])
    html = form.response.text
    assert f"<title>\u2068{name}\u2069 would like" in html
    assert f"<bdi>{name}</bdi> would like your feedback" in html
    assert f" at <bdi>{company}</bdi>" in html
    assert f"What made <bdi>{name.split(maxsplit=1)[0]}</bdi> less competitive?" in html
    assert f"“\u2068{name.partition(' ')[0]}\u2069” reads them all at once" in html
    assert f"<q>{WORRY}</q>" in html
    assert "\u202e" not in html
    assert f"\u2068{name}\u2069\n" in raised["links"][0]["note"]["text"]
