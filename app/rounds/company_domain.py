"""The company's mail domain: which addresses at it count towards k.

A candidate types the domain. Addresses at it count, unless the candidate is known to be able to make mailboxes there.
Whether it is the company's, only a connection or the operator knows.
"""

from functools import cache

from publicsuffixlist import PublicSuffixList

from app.rounds.freemail_domains import PUBLIC_MAILBOXES


def is_independent(address: str, company_domain: str | None, candidate_email: str | None) -> bool:
    """Tell whether a mail to `address` counts as one to the company: it has to be exactly at `company_domain`.

    The candidate's own mail domain must not have the same owner. All in lower case.
    """
    if company_domain is None or not _may_be_company(company_domain):
        return False
    if candidate_email is not None and _registered(_domain(candidate_email)) == _registered(company_domain):
        return False
    return _domain(address) == company_domain


def _may_be_company(domain: str) -> bool:
    """Tell whether a domain has one owner: not one at which, or below which, anybody gets a mailbox or a name."""
    if any(domain == provider or domain.endswith(f".{provider}") for provider in PUBLIC_MAILBOXES):
        return False
    suffix = _suffixes().publicsuffix(domain)
    # The private part of the list has hosts of user sites, like github.io: a name below one costs nothing.
    return domain != suffix and suffix == _suffixes(only_icann=True).publicsuffix(domain)


def _registered(domain: str) -> str | None:
    """Return the domain that was registered: the last label before the public suffix, and the suffix."""
    found: str | None = _suffixes().privatesuffix(domain)
    return found


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


@cache
def _suffixes(*, only_icann: bool = False) -> PublicSuffixList:
    # Parsed at first use: most commands never need it.
    return PublicSuffixList(only_icann=only_icann)
