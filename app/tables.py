"""Every table, gathered: importing this completes the metadata that migrations and checks compare with."""

from app.answers import models as answers
from app.core import idempotency
from app.core.models import Base
from app.delivery import models as delivery
from app.requests import models as requests
from app.rounds import models as rounds
from app.sealing import models as sealing

metadata = Base.metadata

__all__ = ["answers", "delivery", "idempotency", "metadata", "requests", "rounds", "sealing"]
