"""How written English is said, and how what was heard is judged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.spoken import spoken, spoken_text
from studio.wording import word_error_rate, wording_heard

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$2.5M", "two point five million dollars"),
        ("$2.5 million", "two point five million dollars"),
        ("$1,299.99", "one thousand two hundred ninety nine dollars and ninety nine cents"),
        ("$1", "one dollar"),
        ("€3k", "three thousand euros"),
        ("$5-10M", "five to ten million dollars"),
        ("Q3 2025", "Q three twenty twenty five"),
        ("in 1905 and 2007", "in nineteen oh five and two thousand seven"),
        ("the 1990s", "the nineteen nineties"),
        ("24/7", "twenty four seven"),
        ("1/2 or 3/4", "one half or three quarters"),
        ("10x", "ten X"),
        ("3.5%", "three point five percent"),
        ("50+ users, #1", "fifty plus users number one"),
        ("March 14", "march fourteenth"),
        ("2025-03-04", "march fourth twenty twenty five"),
        ("at 5:30 pm", "at five thirty P M"),
        ("9am", "nine A M"),
        ("API APIs SaaS CEO", "A P I A P I's sass C E O"),
        ("OpenAI LinkedIn GPT-4.1", "open A I linked in G P T four point one"),
        ("Dr. Smith, e.g. me", "doctor smith for example me"),
        ("https://acme.ai", "acme dot A I"),
        ("kadar@aiclone.dev", "kadar at aiclone dot dev"),
        ("R&D & café 🚀", "R and D and cafe"),
        ("A plan, Series A, plan B", "a plan series A plan B"),
        ("NASA said FREE", "nasa said free"),
        ("state-of-the-art", "state of the art"),
        ("007", "zero zero seven"),
    ],
)
def test_said(written: str, said: str) -> None:
    assert spoken_text(written) == said


def test_one_entry_a_token_with_its_stop() -> None:
    found = spoken("“Well…” she said (really?), 🚀 — no.")
    assert [token.stop for token in found] == ["…", "", "", "?", "", "—", "."]
    assert [len(token.words) for token in found] == [1, 1, 1, 1, 0, 0, 1]


@given(st.text(max_size=40) | st.text("0123456789$€%,.-–/:xkMa'’ &", max_size=20))
def test_nothing_written_breaks_it(text: str) -> None:
    found = spoken(text)
    assert [token.text for token in found] == text.split()
    assert all(word.replace("'", "").isascii() for token in found for word in token.words)


def test_respelling_is_marked_for_the_voice() -> None:
    said = spoken("Kadar's SQL", {"kadar": "ka-DAR", "SQL": "sequel"})
    assert [token.words for token in said] == [("=ka-DAR's",), ("sequel",)]


@pytest.mark.parametrize(
    ("approved", "heard"),
    [
        ("We raised $2.5M in Q3 2025.", "We raised 2.5 million dollars in q3, 2025"),
        ("More than 1,500 teams", "more than fifteen hundred teams"),
        ("Support is 24/7.", "support is 24-7"),
        ("Our startups’ API", "our start ups' A.P.I."),
        ("We're 10x faster", "we are 10X faster"),
        ("e.g. a bank", "for example a bank"),
    ],
)
def test_spelling_is_no_error(approved: str, heard: str) -> None:
    assert word_error_rate(approved, heard).rate == 0, word_error_rate(approved, heard)


def test_errors_are_counted_and_named() -> None:
    approved = "we ship a better box every single week"
    assert word_error_rate(approved, approved).errors == 0
    tail = word_error_rate(approved, approved + " thank you bye")
    assert tail.tail == ("thank", "you", "bye") and tail.rate == pytest.approx(3 / 8)
    again = word_error_rate(approved, "we ship a better a better box every single week")
    assert sorted(again.repeated) == ["a", "better"] and not again.tail
    lost = word_error_rate(approved, "we ship a box every single week")
    assert lost.missing == ("better",) and lost.errors == 1
    assert word_error_rate(approved, "").rate == 1.0
    assert word_error_rate(approved, "we skip a better box every single week").errors == 1


@pytest.mark.parametrize(
    ("approved", "heard"),
    [
        ("Last year we acquired her startup.", "Last year we a quieter startup."),
        ("Their team is too small.", "There team is two small."),
        ("We led the round.", "We lead the round."),
        ("Four of them won.", "For of them one."),
        ("Kadar writes software.", "Qatar writes software."),
        ("The prophets are new.", "The profits are knew."),
    ],
)
def test_other_letters_for_one_sound_are_no_error_of_a_voice(approved: str, heard: str) -> None:
    assert wording_heard(approved, heard).errors == 0
    assert word_error_rate(approved, heard).errors > 0  # the standard number stays
    assert wording_heard(approved, heard, "es").errors > 0


@pytest.mark.parametrize(
    ("approved", "heard", "errors"),
    [
        ("Creyeron cuando éramos tres.", "Creyeron cuando era Mostrés.", 0),
        ("Hoy paso a saludar.", "Hoy pasó a saludar.", 1),
        ("Somos tres.", "Somos trece.", 1),
    ],
)
def test_gaps_may_move_in_a_spanish_take_but_not_an_accent_alone(
    approved: str, heard: str, errors: int
) -> None:
    assert wording_heard(approved, heard, "es").errors == errors


@pytest.mark.parametrize(
    ("approved", "heard", "errors"),
    [
        ("Notre équipe est installée à Lyon.", "Notre équipe est installé à Lyon.", 0),
        ("Ces clients ont payé 5 000 euros.", "Ses client ont payer cinq mille euros.", 0),
        ("Le produit est prêt.", "Le produit n'est pas prêt.", 2),
        ("Nous avons levé treize millions.", "Nous avons levé trente millions.", 1),
        ("Nous gagnons trois heures.", "Nous perdons trois heures.", 1),
    ],
)
def test_french_is_compared_by_its_sound(approved: str, heard: str, errors: int) -> None:
    assert wording_heard(approved, heard, "fr").errors == errors
    assert wording_heard(approved, heard, "es").errors >= errors


@pytest.mark.parametrize(
    ("approved", "heard"),
    [
        ("fifteen new clients", "fifty new clients"),
        ("one hundred and thirteen people", "one hundred and thirty people"),
        ("three million dollars", "three billion dollars"),
        ("in 2015", "in 2016"),
        ("you can cancel", "you can't cancel"),
        ("you could cancel", "you couldn't cancel"),
        ("it is now available", "it is not available"),
        ("there is no limit", "there is a limit"),
        ("it was legal", "it was illegal"),
        ("costs decreased", "costs increased"),
        ("we hired her", "we fired her"),
        ("our customers pay", "our customer pays"),
        ("we launch today", "we launched today"),
        ("we sold the old house", "we sold the house"),
        ("we sold a house", "we sold house"),
        ("we sold the house", "we sold the the house"),
        ("we sold the house", "we sold the mouse"),
        ("we sold the house", "we sold the big house"),
        ("we sold the house", ""),
    ],
)
def test_what_sounds_different_is_an_error(approved: str, heard: str) -> None:
    assert wording_heard(approved, heard).errors > 0
