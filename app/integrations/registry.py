"""Which connectors there are."""

from collections.abc import Mapping

from app.accounts.rules import Provider
from app.integrations.ashby.connector import Ashby
from app.integrations.greenhouse.connector import Greenhouse
from app.integrations.lever.connector import Lever
from app.integrations.native import Native

NATIVES: Mapping[Provider, Native] = {
    Provider.ASHBY: Ashby(),
    Provider.GREENHOUSE: Greenhouse(),
    Provider.LEVER: Lever(),
}
