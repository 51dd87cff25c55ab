"""Every failure a person may hear of, as one tree.

StudioError              .reason (stable code)   .say (what the founder may read)
├─ NeedsFounder          the asker can mend it
├─ NotNow                it may work later
├─ OutcomeUnknown        it may have happened or not; to be reconciled, never guessed
└─ Misconfigured         the operator can mend it
anything else            a bug: logged with a reference, only the reference is shown
"""

from __future__ import annotations

from functools import cache


class StudioError(Exception):
    """Something went wrong."""

    def __init__(self, say: str = "") -> None:
        """`say` is the sentence a founder may read; the class's docstring is the default."""
        self.say = say or (type(self).__doc__ or "").strip()
        super().__init__(self.say)

    @property
    def reason(self) -> str:
        """The stable code of this failure: the class's name."""
        return type(self).__name__


class NeedsFounder(StudioError):
    """Something in the request has to change."""


class NotNow(StudioError):
    """This did not work just now; it will be tried again."""

    def __init__(self, say: str = "", retry_after: float = 5.0) -> None:
        """`retry_after` is in seconds."""
        super().__init__(say)
        self.retry_after = retry_after


class OutcomeUnknown(StudioError):
    """It may have gone through or not; nobody answered. It is looked up before anything is repeated."""


class Misconfigured(StudioError):
    """The installation lacks something; the operator can mend it."""


class BriefTooVague(NeedsFounder):
    """Tell me what the video is about, in a sentence or two."""


class ScriptTooLong(NeedsFounder):
    """The script is too long for one video."""


class LanguageUnsupported(NeedsFounder):
    """The chosen voice does not speak this language."""


class TextUnspeakable(NeedsFounder):
    """There are no words in this line to speak."""


class PortraitUnusable(NeedsFounder):
    """This photo cannot be used as a portrait."""


class VoiceSampleUnusable(NeedsFounder):
    """This recording cannot be used as a voice sample."""


class MediaUnusable(NeedsFounder):
    """This file cannot be read."""


class ConsentMissing(NeedsFounder):
    """There is no valid consent for this persona, so nothing may be rendered with it."""


class PersonaUnknown(NeedsFounder):
    """There is no persona of that name."""


class EditInvalid(NeedsFounder):
    """That change cannot be made to this script."""


class VoiceMissing(NeedsFounder):
    """This persona has no voice for that engine yet; `aiclone voice clone` makes one."""


class ProviderBusy(NotNow):
    """The service is busy; it will be tried again."""


class ProviderDown(NotNow):
    """The service does not answer; it will be tried again."""


class EngineDied(NotNow):
    """The engine's process died; it will be tried again."""


class EngineTimedOut(NotNow):
    """The engine took longer than its limit and was stopped; it will be tried again."""


class DiskFull(NotNow):
    """The disk is full; rendering goes on as soon as there is room."""


class TakeRefused(NotNow):
    """The rendered file did not pass its checks; another take will be made."""


class SpendCapped(NotNow):
    """This would cost more than the settings allow; it waits until there is room."""


class KeyMissing(Misconfigured):
    """A key is missing in the settings."""


class CreditSpent(Misconfigured):
    """The account at the service has no credit left."""


class VendorRefused(Misconfigured):
    """The service does not accept this request."""


class WeightsMissing(Misconfigured):
    """Model weights are missing; `aiclone weights pull` fetches them."""


class EngineUnknown(Misconfigured):
    """There is no engine of that name; `aiclone engines` lists them."""


class LicenceForbids(Misconfigured):
    """The licence of this engine does not allow this use."""


def _tree(root: type[StudioError]) -> dict[str, type[StudioError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


@cache
def reasons() -> frozenset[str]:
    """All stable codes; whoever counts failures has no other labels."""
    return frozenset(_tree(StudioError))


def from_reason(reason: str, say: str, retry_after: float | None = None) -> StudioError:
    """The error of that stable code, as it came over a process border; an unknown code gives StudioError."""
    found = _tree(StudioError).get(reason, StudioError)
    if issubclass(found, NotNow) and retry_after is not None:
        return found(say, retry_after)
    return found(say)
