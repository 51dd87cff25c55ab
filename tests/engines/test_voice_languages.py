"""Kokoro in other languages: its native voices, the phones it was trained on, exact times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.settings import Settings
from studio.spoken import spoken
from studio.timeline import read_samples
from studio.weights import Weights
from tests.engines.voices import assert_sound, pitch, render
from workers.engines.voice.g2p_espeak import phones

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    ("language", "text", "said", "voice", "hertz"),
    [
        (
            "es",
            "Crecimos 3,5 % con la API.",
            "kɾeθimostɾeskomaθinkopoɾθjɛntokonlaapei",
            "am_michael",
            (90, 160),
        ),
        ("fr", "Merci à l’équipe d’Anna.", "mɛʁsialekipdana", "af_heart", (160, 260)),
        ("it", "Dell’anno, pizza!", "dellannopiʦa", "af_bella", (160, 300)),
        ("pt", "Nós não paramos.", "nɔznɐʊpaɾɐmʊs", "am_puck", (80, 160)),
        ("hi", "नमस्ते दुनिया।", "nəmʌstedʊnɪja", "am_michael", (80, 180)),
    ],
)
def test_a_line_in_its_language(
    language: str, text: str, said: str, voice: str, hertz: tuple[float, float], tmp_path: Path
) -> None:
    wav = render(tmp_path / "a.wav", text, voice=voice, tone="warm", language=language)
    timeline = assert_sound(wav, text)
    assert "".join(phone.symbol for phone in timeline.phones) == said
    assert hertz[0] < pitch(*read_samples(wav)) < hertz[1]


def test_the_personas_voice_gives_way_to_the_native_one(tmp_path: Path) -> None:
    stock, native = (
        render(tmp_path / voice, "Ciao!", voice=voice, language="it") for voice in ("af_heart", "if_sara")
    )
    assert stock.read_bytes() == native.read_bytes()


LINES = {
    "es": "¿Qué ingenioso es el software de Wi-Fi? Ayer llovió: huyó Güell, 2 veces, a México.",
    "fr": "Aujourd’hui, c’est-à-dire lundi, un bon vin blanc ; où sont-ils ? Le weekend, 48 œufs, garçon !",
    "it": "Gli zii scelgono gnocchi, perché c’è nell’azienda il CEO: 4 chilometri e mezzo di jazz.",
    "pt": "Amanhã, 3 irmãos põem pão à mesa; o coração não dói, trouxe o açúcar lá de São Tomé.",
    "hi": "सभी को धन्यवाद, ज्ञान और पढ़ाई, आँखें, ख़बर और फ़ोन।",
}


@pytest.mark.parametrize("language", LINES)
def test_no_symbol_is_strange_to_the_model_and_every_word_has_its_phones(language: str) -> None:
    folder = Weights(Settings().cache).folder("kokoro")
    known = set(json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]) - set(".-")
    tokens = spoken(LINES[language], None, language)
    found = phones(tokens, language)
    assert {sign for each in found for sign in each} <= known
    assert [bool(each) for each in found] == [bool(token.words) for token in tokens]


def test_words_that_espeak_divides_otherwise_keep_their_own_phones() -> None:
    tokens = spoken("El software de Wi-Fi de NetworkManager va bien.", None, "es")
    assert phones(tokens, "es")[3:] == ["wˈifˈi", "ðe", "netwˈoɾkmˌanaxˈeɾ", "βˈa", "βjˈen"]


def test_respelled_words_in_other_languages() -> None:
    given = {"Nguyen": "/ˈdʒaɪn/", "Kadar": "ka-DAR"}
    assert phones(spoken("Nguyen, Kadar.", given, "es"), "es") == ["ˈʤIn", "kaðˈaɾ"]


@pytest.mark.parametrize(("language", "text"), [("es", "Hola 🚀 — a todos"), ("fr", "Bonjour ; oui")])
def test_pictures_and_lone_stops_are_not_said(language: str, text: str) -> None:
    tokens = spoken(text, None, language)
    assert [bool(each) for each in phones(tokens, language)] == [word[0].isalpha() for word in text.split()]
