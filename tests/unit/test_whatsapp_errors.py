"""What WhatsApp's error codes mean to us."""

from __future__ import annotations

import pytest

from bot.whatsapp.errors import MediaRefused, NotReachable, Refused, WindowClosed, error_of
from studio.errors import KeyMissing, Misconfigured, NotNow, ProviderBusy, ProviderDown, StudioError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (131047, WindowClosed),  # more than 24 hours since the last message from there
        (131026, NotReachable),  # not on WhatsApp, or too old a version
        (131050, NotReachable),  # has stopped messages of this business
        (4, ProviderBusy),  # too many calls of this app
        (80007, ProviderBusy),  # of this account
        (130429, ProviderBusy),  # of this number
        (131056, ProviderBusy),  # to one person
        (131048, ProviderBusy),  # held back as spam
        (131052, MediaRefused),  # cannot be downloaded
        (131053, MediaRefused),  # cannot be uploaded
        (131000, ProviderDown),
        (131016, ProviderDown),
        (190, KeyMissing),  # the token is expired
        (200, KeyMissing),  # the token may not do this
        (131042, Misconfigured),  # no payment
        (132001, Misconfigured),  # no such template
        (132015, Misconfigured),  # a paused template
        (424242, Refused),
    ],
)
def test_each_code_is_one_of_our_failures_with_a_sentence(code: int, kind: type[StudioError]) -> None:
    trouble = error_of(code)
    assert type(trouble) is kind
    assert isinstance(trouble, NotNow) is (kind in (WindowClosed, ProviderBusy, ProviderDown))
    assert trouble.say


def test_a_limit_for_one_person_is_shorter_than_one_for_bad_quality() -> None:
    one, all_of_us = error_of(131056), error_of(131048)
    assert isinstance(one, ProviderBusy) and isinstance(all_of_us, ProviderBusy)
    assert 0 < one.retry_after < all_of_us.retry_after
