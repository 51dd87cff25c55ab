"""A script in another language: found out, refused where the voice cannot, and followed from the words to the takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.nodes.drafting import verbatim
from agent.writer import write
from studio.catalogue import Catalogue
from studio.domain import CaptionStyle, Edit, Look, PersonaId, Script
from studio.engine import Json
from studio.errors import EditInvalid, LanguageUnsupported
from studio.languages import LANGUAGES
from studio.limits import State
from studio.picking import faults_of
from studio.profiles import PROFILES
from studio.recipes import recipe_named
from studio.report import HeardLine, build_report
from studio.store.personas import Persona
from studio.wording import word_error_rate
from tools.context import Context
from tools.describe import describe_changes
from tools.edits import apply_edits
from tools.language import reads_like
from tools.plan import Plan, plan
from tools.script import split_sentences
from tools.speech import script_seconds
from workers.engines import ENGINES, engine_spec

pytestmark = pytest.mark.unit
CATALOGUE = Catalogue({name: engine_spec(name) for name in ENGINES}, {})
ANY = tuple(LANGUAGES)
XTTS = recipe_named("own-xtts").languages(CATALOGUE)
SPANISH = "Hemos cerrado la ronda con 3 fondos. Ahora abrimos una oficina en Madrid y buscamos a 10 personas."
TEXTS = {
    "en": "We closed our seed round with three funds. Next week we open an office and we hire ten people.",
    "es": SPANISH,
    "fr": "Nous avons levé quatre millions auprès de trois fonds. Nous ouvrons un bureau à Lyon la semaine prochaine.",
    "de": "Wir haben unsere erste Runde abgeschlossen. Nächste Woche eröffnen wir ein Büro in Berlin.",
    "it": "Abbiamo chiuso il nostro primo round con tre fondi. La prossima settimana apriamo un ufficio a Milano.",
    "pt": "Fechamos a nossa primeira rodada com três fundos. Na próxima semana abrimos um escritório em Lisboa.",
    "pl": "Zamknęliśmy rundę z trzema funduszami i to jest dla nas początek. Szukamy ludzi do zespołu.",
    "tr": "Üç fonla ilk turumuzu kapattık ve bu bizim için çok önemli. Ekip için on kişi arıyoruz.",
    "ru": "Мы закрыли раунд с тремя фондами.",
    "nl": "We hebben onze eerste ronde gesloten. Volgende week openen we een kantoor en zoeken we tien mensen.",
    "cs": "Uzavřeli jsme naše první kolo a je to pro nás začátek. Hledáme deset lidí do týmu.",
    "ar": "أغلقنا جولتنا الأولى مع ثلاثة صناديق.",
    "zh": "我们完成了种子轮融资。下周我们在上海开设办公室。",
    "hu": "Lezártuk az első körünket három alappal, és ez nagyon fontos nekünk. Tíz embert keresünk, nem mérnököt.",
    "ko": "우리는 시드 라운드를 마쳤습니다.",
    "ja": "シードラウンドを完了しました。来週、東京に新しいオフィスを開きます。",
    "hi": "हमने अपना सीड राउंड पूरा किया।",
}


def spanish(recipe: str = "own-xtts") -> Script:
    script = verbatim(SPANISH, XTTS)
    return replace(script, look=replace(script.look, recipe=recipe))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_reads_like_its_language(language: str) -> None:
    assert reads_like(TEXTS[language]) == language
    assert verbatim(TEXTS[language], ANY).look.language == language


@pytest.mark.parametrize(
    "text", ["Hi.", "Two funds, no drama.", "A mi casa event", "OpenAI, DeepMind, Mistral", "42"]
)
def test_too_few_words_tell_nothing_and_are_spoken_as_the_video_is(text: str) -> None:
    assert reads_like(text) == ""
    assert verbatim(text, XTTS).look.language == "en"
    assert verbatim(text, XTTS, "es").look.language == "es"


def test_a_voice_says_what_it_speaks_and_what_it_was_given() -> None:
    with pytest.raises(LanguageUnsupported, match="speaks English only, and this reads like Spanish"):
        verbatim(SPANISH)
    with pytest.raises(
        LanguageUnsupported, match="English, French and Portuguese, and this reads like Spanish"
    ):
        verbatim(SPANISH, ("en", "fr", "pt"))
    with pytest.raises(LanguageUnsupported, match="speaks English only; it cannot say “Москва”"):
        verbatim("We open in Москва next week.")


def test_the_writer_writes_english_and_takes_finished_texts_in_others() -> None:
    with pytest.raises(LanguageUnsupported, match=r"I write English only.*in Spanish, after “Script:”"):
        write(
            "30 segundos sobre la ronda que hemos cerrado con los fondos", default_look=Look(), languages=XTTS
        )
    draft = write(f"Script: {SPANISH}", default_look=Look(), languages=XTTS)
    assert draft.script.text == SPANISH
    assert draft.script.look.language == "es"
    assert "word for word, in Spanish" in draft.note


def test_a_figure_without_words_in_its_language_is_refused_before_anything_is_rendered() -> None:
    with pytest.raises(LanguageUnsupported, match="“2024 году”"):
        verbatim("В 2024 году мы открыли офис.", XTTS)


def test_captions_are_off_where_their_font_has_no_letters_and_say_so() -> None:
    arabic = verbatim(TEXTS["ar"], XTTS)
    assert arabic.look.captions is CaptionStyle.OFF
    with pytest.raises(EditInvalid, match="no captions in Arabic yet"):
        apply_edits(arabic, [Edit("set_captions", {"style": "plain"})], Context(languages=XTTS))
    assert verbatim(TEXTS["ru"], XTTS).look.captions is CaptionStyle.HIGHLIGHT


def test_a_script_translated_line_by_line_is_in_its_new_language() -> None:
    english, into = verbatim(TEXTS["en"], XTTS), TEXTS["de"].split(". ")
    edits = [Edit("rewrite_line", {"line": at, "text": text}) for at, text in enumerate(into, 1)]
    german = apply_edits(english, edits, Context(languages=XTTS))
    assert german.look.language == "de"
    assert describe_changes(english, german).endswith("in German")
    long = Edit(
        "rewrite_line", {"line": 1, "text": "Wir haben mit drei Fonds abgeschlossen und das ist gut für uns."}
    )
    with pytest.raises(LanguageUnsupported, match="Line 1 would be in German and the video is in English"):
        apply_edits(english, [long], Context(languages=XTTS))
    with pytest.raises(LanguageUnsupported, match="English only, and this reads like German"):
        apply_edits(english, [long], Context())


def test_a_wrong_guess_is_put_right_in_a_word() -> None:
    edits = [Edit("set_language", {"language": "PT"})]
    assert apply_edits(spanish(), edits, Context(languages=XTTS)).look.language == "pt"
    with pytest.raises(EditInvalid, match="speaks English only"):
        apply_edits(spanish(), edits, Context())
    with pytest.raises(EditInvalid, match="words are not Russian"):
        apply_edits(spanish(), [Edit("set_language", {"language": "ru"})], Context(languages=("ru", "es")))


def planned(script: Script) -> Plan:
    ann = Persona(PersonaId("x"), "Ann", "Ann", {"office": "p" * 64}, {"kokoro": "af_heart"}, (), {})
    return plan(script, ann, CATALOGUE, {}, lambda take_id: f"sha-{take_id}", "AI-generated")


def test_takes_are_asked_for_in_the_script_s_language() -> None:
    found = planned(spanish())
    voice, words, ear = (found.take(f"{kind}:{spanish().lines[0].id}") for kind in ("voice", "words", "ear"))
    assert voice and words and ear
    assert (voice.engine, voice.request["language"]) == ("xtts", "es")
    assert (words.engine, words.request["language"]) == ("whisper-base", "es")
    german = verbatim(TEXTS["de"], XTTS)
    german = planned(replace(german, look=replace(german.look, recipe="own-xtts")))
    assert {each.engine for each in german.takes if each.role.startswith("words:")} == {"whisper-any"}
    assert ear.request["language"] == "es"
    english = planned(verbatim(TEXTS["en"]))
    assert {each.engine for each in english.takes if each.role.startswith("words:")} == {"whisper"}


def test_no_voice_that_lacks_the_language_steps_in() -> None:
    german = verbatim(TEXTS["de"], XTTS)
    german = replace(german, look=replace(german.look, recipe="own-xtts"))
    assert planned(german).voices == ("xtts", "espeak")
    assert planned(spanish()).voices == ("xtts", "openvoice", "kokoro", "espeak")
    assert planned(verbatim(TEXTS["en"])).voices == ("kokoro", "piper", "espeak")


def test_what_nobody_heard_is_said_and_not_passed() -> None:
    cut: Json = {
        "loudness": -16.0, "true_peak": -2.0, "seconds": 3.0, "violations": [], "freeze_s": 0.0, "black_frames": 0,
    }  # fmt: skip
    report = build_report([HeardLine("l1", "नमस्ते।", None, (), "hi")], [], cut, PROFILES["square"])
    words = [item for item in report.items if item.name in ("words", "tail", "repeats")]
    assert [(item.name, item.state) for item in words] == [("words", State.AMBER)]
    assert "no listener for Hindi" in words[0].sentence


def test_words_are_compared_as_they_are_said_in_their_language() -> None:
    assert word_error_rate("Buscamos a 10 personas.", "buscamos a diez personas", "es").rate == 0
    assert word_error_rate("Buscamos a 10 personas.", "buscamos a doce personas", "es").errors == 1
    assert word_error_rate("我们完成了融资。", "我们完成了融资", "zh").words == 7
    heard: Json = {"text": "buscamos a doce personas"}
    assert [f.name for f in faults_of("Buscamos a 10 personas.", heard, {"rate": 40.0}, language="es")] == [
        "words"
    ]
    assert [f.name for f in faults_of("Buscamos a 10 personas.", None, {"clipped": 0.5}, language="es")] == [
        "clipped"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_length_is_estimated(language: str) -> None:
    assert 1.5 < script_seconds(verbatim(TEXTS[language], ANY)) < 9


def test_sentences_of_every_script_are_told_apart() -> None:
    assert len(split_sentences("¿Qué hacemos? Ésta es la idea. Él no.")) == 3
    assert len(split_sentences(TEXTS["zh"])) == 2
    assert len(split_sentences("कंपनी शुरू हुई। अब हम बढ़ रहे हैं।")) == 2
    assert split_sentences("We use e.g. this one. It works.") == ["We use e.g. this one.", "It works."]
