"""The employer's ATS in a match: it reports a rejection, and the candidate accepts the offer that follows."""

from tests.reidentification.clients import Desk, Round, link_in


async def tell_of_rejection(desk: Desk, game: Round) -> None:
    """Let the employer's system tell what it knows: who applied, who met them, and that they were rejected."""
    met = [{"first_name": one.name, "email": one.address, "response_status": "accepted"} for one in game.people]
    snapshot = {
        "candidate": {
            "remote_id": f"candidate-{game.index}",
            "first_name": "Ben",
            "last_name": "Ode",
            "email_addresses": [{"value": game.candidate_address}],
        },
        "job": {"remote_id": "job", "name": "Technical writer"},
        "application": {"status": "rejected"},
        "interviews": [{"remote_id": f"interview-{game.index}", "status": "complete", "interviewers": met}],
    }
    told = await desk.tell(game.stranger_ip, f"/v1/ats/applications/{game.remote_id}", snapshot)
    assert told.status_code == 201, told.text


async def accept(desk: Desk, game: Round, mailed: dict[str, str]) -> None:
    """Let the candidate accept the offer: now the people are written to."""
    text = mailed[game.candidate_address]
    code, _ = link_in(text)
    game.application_id = text.partition("/offer/")[2].partition("#")[0]
    body = {"code": code, "nonce": f"{game.index:032}", "own_question": "What should I learn next?"}
    accepted = await desk.post(game.candidate_ip, f"/v1/offers/{game.application_id}/acceptance", body)
    assert accepted.status_code == 201, accepted.text
    request = accepted.json()
    game.request_id, game.manage_token = request["id"], request["manage_token"]
    game.id = request["rounds"][0]["id"]
