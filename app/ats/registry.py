"""Which connectors there are."""

from collections.abc import Mapping

from app.accounts.rules import Provider
from app.ats.ashby.connector import Ashby
from app.ats.connector import Native
from app.ats.greenhouse.connector import Greenhouse
from app.ats.lever.connector import Lever

NATIVES: Mapping[Provider, Native] = {
    Provider.ASHBY: Ashby(),
    Provider.GREENHOUSE: Greenhouse(),
    Provider.LEVER: Lever(),
}
