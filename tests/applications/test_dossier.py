"""What is known of an application: its addresses can be written to, however they were told or stored."""

from app.applications.dossier import Dossier
from app.applications.rules import contact


def test_a_contact_can_be_written_to_though_it_was_stored_otherwise() -> None:
    """A dossier from before there was one rule for addresses is read by it."""
    told = [{"value": "a,b@x.test"}, {"value": "ben@bücher.example", "type": "personal"}, {"value": "<ben@x.test>"}]
    stored = {"candidate": {"remote_id": "c", "addresses": told}}
    candidate = Dossier.model_validate(stored).candidate
    assert candidate is not None
    found = contact(candidate)
    assert found is not None
    assert found.value == "ben@xn--bcher-kva.example"
