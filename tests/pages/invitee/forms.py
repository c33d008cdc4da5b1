"""What the tests of the invitee's page type, and the round that they type it in."""

from typing import Any

from tests.pages.browsing import Browser
from tests.support.app import Running, raise_request, round_id

WORRY = "You may think that I only write for engineers"
HOSTILE = """<script>alert(1)</script>"'&amp;{{7*7}}</textarea><q>"""
SHORTEST = {"reasons": "closer_match_elsewhere", "if_too_few": "withhold"}
FULL: dict[str, Any] = {
    "worry.0.played": "some",
    "worry.0.source": "conversation",
    "worry.0.asked": "touched_on",
    "worry.0.note": "It came up once.",
    "reasons": ["not_about_you", "other"],
    "circumstance": "internal",
    "detail.other": "The budget for the role went to another team.",
    "hired.selection_result": "internal",
    "hired.closer_match_in": ["communication", "learning_adaptability"],
    "concern.0.statement": "We were not sure that you would like to write for beginners.",
    "concern.0.source": "papers",
    "concern.0.asked": "never_asked",
    "concern.0.weight": "minor",
    "concern.1.statement": "The sample was long.",
    "concern.1.source": "task",
    "concern.1.asked": "touched_on",
    "strength.1.competency": "communication",
    "strength.1.note": "You asked how we work.",
    "rating.role_knowledge": "met",
    "could_do_job": "yes",
    "advice": "Bring one text for beginners.\nA short one.",
    "reapply": "encouraged",
    "if_too_few": "release",
}


async def a_round(app: Running, **over: Any) -> tuple[dict[str, Any], Browser]:
    raised = await raise_request(app.client, worries=[{"text": WORRY}], **over)
    return raised, Browser(app.client, f"/r/{round_id(raised)}")
