"""Registry of the native connectors by provider."""

from collections.abc import Mapping

from app.accounts.rules import Provider
from app.ats.ashby import connector as ashby
from app.ats.connector import Connector
from app.ats.greenhouse import connector as greenhouse
from app.ats.lever import connector as lever

CONNECTORS: Mapping[Provider, Connector] = {
    Provider.ASHBY: ashby,
    Provider.GREENHOUSE: greenhouse,
    Provider.LEVER: lever,
}
