"""Complete the OpenAPI document: tags, credentials, enum names that need no context, examples, discriminators."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.accounts.auth import Audience, ConnectionCaller
from app.accounts.rules import Scope
from app.contract.examples import EXAMPLES

CONTACT = {"name": "The operator of the service: name and address are at the foot of each page"}
SERVERS: list[dict[str, Any]] = [
    {"url": "/", "description": "The service that this document came from."},
    {"url": "http://127.0.0.1:8000", "description": "`make run` on your own machine."},
]
TAGS: list[dict[str, Any]] = [
    {"name": "requests", "description": "A candidate raises a feedback request and reads what was released."},
    {"name": "answering", "description": "People answer through one-time links. The code of the link is in the body."},
    {"name": "blind rounds", "description": "Keys and token evaluations of blind rounds, for clients that check them."},
    {"name": "mailbox", "description": "Authors return to their answer with a receipt. Its tag is in the body."},
    {"name": "manager", "description": "The hiring manager answers for the team, or lets the team answer."},
    {"name": "offers", "description": "A rejected candidate accepts or declines the offer of a debrief."},
    {"name": "ats", "description": "An applicant tracking system reports applications and reads a coarse status."},
    {"name": "hooks", "description": "Native systems deliver their webhooks here."},
    {"name": "connections", "description": "Operators and vendors connect employers' systems and manage their keys."},
    {"name": "webhooks", "description": "Events that Debrief sends, signed as Standard Webhooks says."},
    {"name": "testing", "description": "Mails and the clock of a test connection."},
    {"name": "vocabulary", "description": "All codes, with the texts that authors and candidates read."},
    {"name": "mail", "description": "One-click unsubscribing (RFC 8058)."},
    {"name": "operation", "description": "Probes and metrics."},
]

# In our code the module shows what an enum is about; a generated client has only its name.
ENUM_NAMES = {
    "About": "ConcernSubject",
    "Agreement": "ConcernAgreement",
    "Asked": "ChanceToAnswer",
    "Band": "PeopleBand",
    "Basis": "ConcernBasis",
    "Circumstance": "NotAboutYouCircumstance",
    "Confidence": "ConcernConfidence",
    "Delivery": "LinkDelivery",
    "DeliveryState": "WebhookDeliveryState",
    "Ended": "RequestEndReason",
    "EndpointState": "WebhookEndpointState",
    "EventType": "WebhookEventType",
    "Experience": "HiredExperience",
    "Fault": "WebhookFault",
    "Interest": "CandidateInterest",
    "KBasis": "ThresholdBasis",
    "Mode": "AnonymityMode",
    "Nature": "ConcernNature",
    "OpenedBy": "RoundOpenedBy",
    "Played": "WorryOutcome",
    "Provider": "AtsProvider",
    "Rating": "CompetencyRating",
    "Reapply": "ReapplyAdvice",
    "Reason": "RejectionReason",
    "Role": "InviteeRole",
    "Scope": "KeyScope",
    "Section": "AnswerSection",
    "Sharing": "AnswerSharing",
    "Source": "ConcernSource",
    "Stage": "RoundStage",
    "Standing": "CandidateStanding",
    "SurfacedAt": "ConcernSurfacedAt",
    "Weight": "ConcernWeight",
}

_SCHEMES: dict[str, Any] = {
    "connection_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A key of a connection as user, with an empty password.",
    },
    "connection_oauth": {
        "type": "oauth2",
        "description": "An access token for an hour, got with the id and a key of a connection.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/v1/oauth/token",
                "scopes": {
                    Scope.REQUESTS_WRITE.value: "Report applications and interviews.",
                    Scope.EVENTS_WRITE.value: "Send events.",
                    Scope.REQUESTS_READ.value: "Read how offers stand.",
                    Scope.WEBHOOKS_MANAGE.value: "Manage webhook endpoints.",
                },
            }
        },
    },
    "client_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The id of a connection as user, and one of its keys as password.",
    },
    "webhook_signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "The signature of the message, as Standard Webhooks says, with the secret of the connection.",
    },
}
# Operations whose credential is not a key of an account.
_OWN_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "create_access_token": [{"client_basic": []}, {}],
    "post_signed_event": [{"webhook_signature": []}],
}
_OWN_CREDENTIALS = {
    "confirm_address": "the code from the mail, in the body",
    "create_access_token": "the id of the connection and one of its keys, as Basic or in the body",
    "post_signed_event": "the signature of the message, in the header `webhook-signature`",
    "receive_hook": "the signature with which the ATS signs its message",
    "unsubscribe": "the token in the URL, which can do nothing else",
}


def install(app: FastAPI) -> None:
    """Make `app` complete its OpenAPI document at the first use."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        # The framework caches the document: without servers it is not complete yet.
        if "servers" not in document:
            _complete(document, dict(_audiences(app)))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document.


def _complete(document: dict[str, Any], audiences: dict[str, Audience]) -> None:
    document["info"]["contact"], document["servers"], document["tags"] = CONTACT, SERVERS, TAGS
    document["components"].setdefault("securitySchemes", {}).update(_SCHEMES)
    for path in document["paths"].values():
        for operation in path.values():
            _name_credential(operation, audiences[operation["operationId"]])
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["example"] = EXAMPLES[operation["operationId"]]
                _discriminate(operation["operationId"], content["schema"], document["components"]["schemas"])
    _rename(document)


def _name_credential(operation: dict[str, Any], audience: Audience) -> None:
    """Name the credential in the description, for people, and in `security`, for machines."""
    name = operation["operationId"]
    if isinstance(audience, ConnectionCaller):
        scopes = [audience.scope.value]
        operation["security"] = [{"connection_key": []}, {"connection_basic": []}, {"connection_oauth": scopes}]
    elif name in _OWN_SECURITY:
        operation["security"] = _OWN_SECURITY[name]
    credential = _OWN_CREDENTIALS.get(name, audience.credential)
    operation["description"] = f"{operation.get('description', '').strip()}\n\n**Credential:** {credential}.".strip()


def _discriminate(operation: str, union: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Declare the discriminator of a union: the field `proof`, with another constant in each member.

    Generators need it to be required. The routes accept a body without it, too, and decide by the other fields.
    """
    members = {one["$ref"]: schemas[one["$ref"].rpartition("/")[2]] for one in union.get("oneOf", ())}
    if members:
        constants = {member["properties"]["proof"]["const"]: reference for reference, member in members.items()}
        union["title"] = operation.title().replace("_", "") + "Body"
        union["discriminator"] = {"propertyName": "proof", "mapping": constants}
        for member in members.values():
            member["required"] = ["proof", *member["required"]]


def _rename(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    renamed = {ENUM_NAMES.get(name, name): schema for name, schema in schemas.items()}
    for name, schema in renamed.items():
        if "title" in schema:
            schema["title"] = name
    document["components"]["schemas"] = dict(sorted(renamed.items()))
    _rename_references(document)


def _rename_references(part: Any) -> None:
    """Rename references in `part`, at any depth."""
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            folder, _, name = reference.rpartition("/")
            part["$ref"] = f"{folder}/{ENUM_NAMES.get(name, name)}"
        for inner in part.values():
            _rename_references(inner)
    elif isinstance(part, list):
        for inner in part:
            _rename_references(inner)


def _audiences(app: FastAPI) -> Iterator[tuple[str, Audience]]:
    """Yield the audience of each operation."""
    for route in iter_route_contexts(app.routes):
        found = _audience(getattr(route, "dependant", None))
        if found is not None:
            yield str(getattr(route, "operation_id", "")), found


def _audience(dependant: Dependant | None) -> Audience | None:
    if dependant is None:
        return None
    call: object = dependant.call
    if isinstance(call, Audience):
        return call
    return next((found for child in dependant.dependencies if (found := _audience(child)) is not None), None)
