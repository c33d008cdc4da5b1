"""Examples of bodies, one for each operation that takes one. A test sends each through its route's own model."""

from typing import Any

_CODE = "7H3KQ-M2XWD-9RTVA-4CPNB"
_NONCE = "mZ4vQ8sT1xY6cB3nL0kJ7w"
_TAG = "q3X9vLw0eT5yUiOpAsDfGhJkLzXcVbNm1Q2W3E4R5T6"
_ROUND = "0193a5c2-7f10-7c3e-9a54-2f0c8f3b6d11"
_INTERVIEWERS = [
    {"name": "Kate Austen", "email": "kate@acme.example"},
    {"name": "Omar Haddad", "email": "omar@acme.example"},
    {"name": "Lin Mei", "email": "lin@acme.example"},
]
_INTERVIEW = {"end_at": "2026-11-20T10:00:00Z", "status": "complete", "interviewers": _INTERVIEWERS}
_SNAPSHOT: dict[str, Any] = {
    "candidate": {
        "remote_id": "265788",
        "first_name": "Ben",
        "last_name": "Ode",
        "email_addresses": [{"value": "ben@candidates.example", "email_address_type": "personal"}],
    },
    "job": {"remote_id": "371417", "name": "Technical writer"},
    "application": {"status": "rejected", "rejected_at": "2026-11-24T09:00:00Z"},
    "interviews": [{"remote_id": "9001", **_INTERVIEW}],
}
_EVENT = {
    "id": "evt-5521",
    "type": "application.rejected",
    "occurred_at": "2026-11-24T09:00:00Z",
    "data": _SNAPSHOT,
}
_ANSWER = {
    "reasons": [{"code": "not_about_you", "circumstance": "internal"}],
    "concerns": [
        {
            "statement": "We were not sure that you can write for beginners.",
            "source": "papers",
            "asked": "never_asked",
        }
    ],
    "if_too_few": "release",
}
_SIGNED = {**{name: part for name, part in _ANSWER.items() if name != "if_too_few"}, "signature": "Ada Ruiz"}
_HELD = {"code": _CODE}
_ONCE = {"code": _CODE, "nonce": _NONCE}
_WORRIES = [{"text": "They think that I only write for engineers.", "says": "I wrote our guide for beginners."}]
_EFFECT = {
    "concern_id": _ROUND,
    "effect": "would_have_mattered",
    "question": "Have you written for people outside of engineering?",
}
_SETTINGS = {"company": "Acme", "company_domain": "acme.example", "timezone": "Europe/Berlin"}

EXAMPLES: dict[str, Any] = {
    "show_form": {"proof": "code", **_HELD},
    "preview_answer": {"proof": "code", **_HELD, "answer": _ANSWER},
    "send_answer": {"proof": "code", **_ONCE, "answer": _ANSWER},
    "decline": {**_ONCE, "reason": "do_not_remember", "understood": True},
    "take_answer_back": _ONCE,
    "claim_token": {**_HELD, "blinded": _TAG, "understood": True},
    "open_mailbox": {"round_id": _ROUND, "receipt_tag": _TAG},
    "withdraw_answer": {"round_id": _ROUND, "receipt_tag": _TAG},
    "raise_request": {
        "candidate": {"name": "Ben Ode"},
        "company": "Acme",
        "role_title": "Technical writer",
        "interviewed_on": "2026-11-20",
        "manager": {"name": "Ada Ruiz"},
        "invitees": [{"name": "Kate Austen"}, {"name": "Omar Haddad"}, {"name": "Lin Mei", "role": "recruiter"}],
        "worries": _WORRIES,
    },
    "extend_request": {"closes_on": "2026-12-20"},
    "open_round": {"stage": "after_references", "invitees": [{"role": "reference", "name": "Sam Kerr"}, {}]},
    "send_reply": {
        "kind": "correct_fact",
        "text": "I have written for general audiences for years.",
        "links": ["https://ben.example/column"],
    },
    "read_replies": _HELD,
    "record_effect": {**_HELD, **_EFFECT},
    "react_by_receipt": {"round_id": _ROUND, "receipt_tag": _TAG, "reaction": _EFFECT},
    "record_effect_as_manager": {
        **_HELD,
        "concern_id": _ROUND,
        "effect": "reopened",
        "next_step": {"text": "Let us talk again next week.", "link": "https://acme.example/calendar"},
        "signature": "Ada Ruiz",
    },
    "show_manager_link": _HELD,
    "show_panel_messages": _HELD,
    "answer_for_team": {**_ONCE, "answer": _SIGNED, "understood": True},
    "take_team_answer_back": _ONCE,
    "open_panel": {**_ONCE, "people": 3},
    "decline_as_manager": {**_ONCE, "reason": "will_contact_directly", "understood": True},
    "close_panel": {**_HELD, "round_id": _ROUND},
    "confirm_address": _HELD,
    "report_bounce": {"recipient": "omar@acme.example", "status": "5.1.1"},
    "show_offer": _HELD,
    "accept_offer": {**_ONCE, "worries": _WORRIES},
    "decline_offer": _HELD,
    "send_offer_code": {"email": "ben@candidates.example"},
    "put_application": _SNAPSHOT,
    "put_interview": {"application_remote_id": "265293", **_INTERVIEW},
    "post_event": _EVENT,
    "post_signed_event": _EVENT,
    "erase_candidate": {"mode": "delete"},
    "merge_candidates": {"into_remote_id": "265790"},
    "create_connection": {"is_test": True, "settings": _SETTINGS},
    "change_connection": {"settings": {**_SETTINGS, "hold_hours": 24}},
    "create_key": {"scopes": ["requests:write", "requests:read"], "retire": "in_a_day"},
    "create_access_token": {
        "grant_type": "client_credentials",
        "client_id": _ROUND,
        "client_secret": "dk_test_…",
        "scope": "requests:read",
    },
    "move_test_clock": {"hours": 240},
    "create_webhook_endpoint": {
        "url": "https://hooks.acme.example/debrief",
        "event_types": ["feedback_request.offered", "feedback_request.closed"],
    },
    "change_webhook_endpoint": {"state": "disabled"},
    "redeliver_failed_webhooks": {"since": "2026-11-20", "until": "2026-11-24"},
    "add_own_note": {"channel": "phone", "received_on": "2026-11-25", "text": "They liked the portfolio."},
}
