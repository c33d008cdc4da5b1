"""All tables: importing this module completes the metadata that migrations and checks use."""

from app.accounts import models as accounts
from app.answers import models as answers
from app.applications import models as applications
from app.core import idempotency
from app.core.models import Base
from app.delivery import models as delivery
from app.delivery.webhooks import models as webhooks
from app.requests import models as requests
from app.rounds import models as rounds
from app.sealing import models as sealing

metadata = Base.metadata

__all__ = [
    "accounts",
    "answers",
    "applications",
    "delivery",
    "idempotency",
    "metadata",
    "requests",
    "rounds",
    "sealing",
    "webhooks",
]
