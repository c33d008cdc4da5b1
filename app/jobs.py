"""The tick: all jobs that depend on time, in order. Two parts also run separately.

Every job may run at any time, from several processes at once, and again after a crash.
"""

from datetime import date, datetime
from functools import partial

from app.accounts import keys
from app.applications import erasure, follow_up, offers, summary
from app.ats.sync import AtsGateway, pull_before_offer
from app.context import Context
from app.core import idempotency
from app.core.days import open_day
from app.delivery import outbox, recipient_limit, test_mail
from app.delivery.webhooks import deliveries
from app.exchange import effects
from app.requests import lifecycle
from app.retention import jobs as retention
from app.rounds import jobs as rounds


async def run_tick(ctx: Context, now: datetime, *, gateway: AtsGateway | None = None) -> rounds.TickReport:
    """Run every job that is due at `now`.

    Args:
        gateway: the clients of the ATSs. Without it, no offer goes out that needs another pull from its ATS.
    """
    today = now.date()
    # A restored backup brings erased requests back, and a crash leaves erasures half done: both end here.
    erased_again = await retention.erase_again(ctx.db, ctx.keys)
    await lifecycle.finish_interrupted(ctx.db, ctx.keys)
    await lifecycle.end_settled_links(ctx.db, ctx.keys, open_day(now))
    await ctx.db.write(idempotency.purge, today)
    await ctx.db.write(outbox.purge, today)
    await ctx.db.write(recipient_limit.purge, today)
    # Before rounds close: a round whose request has just been paused must release nothing.
    await follow_up_on_offers(ctx)
    # Before the 30 days for replies end: effects of the last day show, too.
    await effects.show_due(ctx, today)
    report = await rounds.tick(ctx.db, ctx.keys, now)
    await offers.make_due_offers(ctx, now, reread=None if gateway is None else partial(pull_before_offer, ctx, gateway))
    await offers.expire_offers(ctx, now)
    await summary.draw_due(ctx, today)
    expired = await retention.expire(ctx.db, ctx.keys, today)
    report.erased = {"requests": erased_again + expired, "applications": await erasure.sweep(ctx, today)}
    await ctx.db.write(test_mail.purge, today)
    await ctx.db.write(deliveries.purge, today)
    await ctx.db.write(keys.purge, now)
    return report


async def follow_up_on_offers(ctx: Context) -> None:
    """Apply later ATS updates to accepted offers, and finish erasures that an ATS asked for."""
    await follow_up.apply_updates(ctx)
    await erasure.finish_erasures(ctx)


async def erase_again(ctx: Context) -> None:
    """Erase what a restored backup has brought back, and destroy the keys that a crash left. This needs no clock."""
    await retention.erase_again(ctx.db, ctx.keys)
    await lifecycle.finish_interrupted(ctx.db, ctx.keys)
    await rounds.sweep_keys(ctx.db, ctx.keys)
    await erasure.repeat_erasures(ctx)


async def count_expired(ctx: Context, today: date) -> int:
    """Return how many requests and applications a tick on `today` would erase, at most."""
    return await retention.count_expired(ctx.db, today) + await erasure.count_expired(ctx, today)
