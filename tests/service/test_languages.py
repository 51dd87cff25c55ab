"""A video in another language than English, from the words in the chat to the report on the preview."""

from __future__ import annotations

import pytest

from studio.settings import Settings
from tests.fakes.studio import Floor

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
SPANISH = (
    "Script: Hemos cerrado la ronda con tres fondos. Ahora buscamos a 10 personas para la oficina de Madrid."
)

GERMAN = "Script: Wir haben die Runde mit drei Fonds geschlossen. Jetzt suchen wir 10 Leute für unser Büro in Madrid."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


@pytest.mark.parametrize(("recipe", "voice"), [("laptop", "kokoro"), ("own-xtts", "xtts")])
def test_a_spanish_script_is_spoken_and_listened_to_in_spanish(floor: Floor, recipe: str, voice: str) -> None:
    floor.write(SPANISH, recipe=recipe)
    floor.look()
    card = floor.last("script")
    assert "word for word, in Spanish" in card["note"]
    assert [pair for line in card["lines"] for pair in line["spoken"]] == [["10", "diez"]]
    floor.press(card["subject"])
    floor.look()
    asked = {row["engine"]: row["order"]["request"].get("language") for row in floor.takes()}
    assert (asked[voice], asked["whisper-base"], asked["inspect-voice"]) == ("es", "es", "es")
    assert "whisper" not in asked
    assert all(item["state"] == "green" for item in floor.last("preview")["report"])


def test_an_english_line_has_no_place_in_it(floor: Floor) -> None:
    floor.write(SPANISH, recipe="own-xtts")
    floor.look()
    floor.write("change line 1 to We closed our round with three funds in one week")
    floor.look()
    assert "Line 1 would be in English and the video is in Spanish" in floor.last("say")["text"]
    assert floor.last("script")["version"] == 1


def test_a_voice_that_fails_is_not_replaced_by_one_that_speaks_english(floor: Floor) -> None:
    floor.spoil["xtts"] = ("WeightsMissing", "The weights of XTTSv2 are missing.")
    floor.write(GERMAN, recipe="own-xtts")
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    with_voice = {row["engine"] for row in floor.takes() if "voice" in row["order"]["request"]}
    assert "xtts" in with_voice and not with_voice & {"openvoice", "kokoro", "piper"}
