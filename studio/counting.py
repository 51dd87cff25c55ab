"""Numbers that agree with what they count, in languages other than English: "doscientas empresas", "une personne".

The forms are CLDR's. A noun's gender is guessed by its ending, as grammars of each language teach it, with the
exceptions that people count; what no rule knows is masculine, as these languages themselves have it. Where a form
depends on more than that (a case, a neuter), the figure is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio import spelling as s

MASCULINE, FEMININE = "masculine", "feminine"
_BEHIND = re.compile(r"[ \u202f\xa0]([^\W\d_][\w'’-]*)")
_VOWEL = re.compile(r"[aeiouàèéìòù]")
_UNO = re.compile(r"z|s[^aeiou]|gn|ps|pn|x|y|i[aeou]")


@dataclass(frozen=True, slots=True)
class Gender:
    """How to tell a feminine noun: endings, and words that have another gender than theirs.

    `little` are words after which nothing is counted, `skipped` adjectives that are the same in both genders.
    """

    endings: str
    feminine: str
    masculine: str
    little: str
    skipped: str = ""

    def of(self, words: list[str]) -> str:
        """The gender of what is counted by a number before these words, "" when it counts nothing."""
        noun = next((word for word in words if word not in self.skipped.split()), "")
        if not noun or noun in self.little.split():
            return ""
        if re.fullmatch(self.masculine, noun):
            return MASCULINE
        known = re.fullmatch(self.feminine, noun) or re.search(rf"(?:{self.endings})$", noun)
        return FEMININE if known else MASCULINE


GENDERS = {
    "es": Gender(
        "as?|ad(?:es)?|tud(?:es)?|[cstxgn]i[oó]n(?:es)?|umbres?|sis",
        r"(?:noche|tarde|clase|parte|gente|calle|clave|fuente|red|serie|sede|base|fase|frase|llave|nube|muerte|mente|"
        r"torre|mano|foto|moto|vez|veces|luz|luces|voz|voces|cruz|cruces|raíz|raíces|imagen|imágenes|orden|órdenes|ley|"
        r"flor|mujer|labor|señal|sucursal|filial|catedral|variable|variante|vacante|patente|pared|cárcel|pyme|web|app|startup|razón|razones|piel)(?:e?s)?",
        r"(?:días?|mapas?|planetas?|sofás?|pijamas?|colegas?|\w+istas?|\w+gramas?|"
        r"(?!crem|yem|gem|gom|brom|palom|lom|rom)\w*[eo]mas?|aviones|camiones|guiones|bastiones)",
        "y e o u de del en a al con por para que es son era fue fueron será la el los las lo le un una hasta desde "
        "sobre entre sin ya no sí más menos pero cuando como si se me nos su sus mi mis tu está están ha han",
        "grandes mejores peores mayores menores principales diferentes posibles grandísimas",
    ),
    "pt": Gender(
        "as?|ãs?|[çsx]ão|[çsx]ões|[ng]i(?:ão|ões)|st(?:ão|ões)|dades?|tudes?|gens?",
        r"(?:noite|tarde|classe|parte|gente|chave|fonte|rede|série|sede|base|fase|frase|ponte|morte|mente|arte|mão|foto|"
        r"moto|vez|voz|luz|cruz|raiz|lei|flor|cor|dor|mulher|ordem|ordens|nuvem|nuvens|equipe|crise|tese|dose|hipótese|"
        r"análise|razão|razões|filial|filiais|sucursal|sucursais|patente|variante|parede|startup)(?:e?s)?",
        r"(?:dias?|mapas?|planetas?|colegas?|\w+istas?|\w+gramas?|(?!crem|gem|gom|rom|som)\w*[eo]mas?|personagens)",
        "e ou de do da dos das em no na nos nas a o os as ao à aos com por para que é são foi foram será um uma até "
        "desde sobre entre sem já não sim mais menos mas quando como se me nos seu sua meu minha está estão há",
        "grandes melhores piores maiores menores principais diferentes possíveis",
    ),
    "fr": Gender(
        "[stxn]ions?|tés?|[ae]ntes?|ettes?|[ae]nces?|ies?|ures?|aines?|ières?|euses?|trices?|esses?|ades?|ées?|elles?|enne?s?|gnes?|"
        "onnes?|ises?|iques?",
        r"(?:équipe|minute|seconde|ville|page|foi|fois|femme|fille|marque|usine|étape|chose|main|nuit|part|vente|offre|"
        r"vidéo|startup|start-up|pme|langue|machine|banque|réponse|plateforme|image|phrase|clé|voix|place|table|salle|photo|"
        r"commande|formule|école|raison|maison|partie|application|tonne|boîte|règle|cible|route|vague|classe|base|phase)s?",
        r"(?:silences?|musées?|lycées?|trophées?|incendies?|génies?|murmures?|domaines?|stades?|grades?|comités?|"
        r"côtés?|étés?|traités?|députés?|signes?|"
        r"disques?|risques?|\w*ciels?)",
        "et ou de du des d en à au aux avec par pour que qui est sont était fut sera le la les l un une jusqu depuis "
        "sur entre sans déjà ne pas plus moins mais quand comme si se me nous son sa ses mon ma mes ont a",
        "autres jeunes",
    ),
    "it": Gender(
        "a|ione|tà|tù|ie|trice|udine|[ai]gine",
        r"notte|parte|classe|fase|base|frase|legge|rete|sede|chiave|fonte|voce|luce|croce|gente|mente|morte|sorte|arte|carne|"
        r"nave|crisi|tesi|analisi|ipotesi|sintesi|mano|foto|moto|auto|radio|app|startup|email|mail|patente|torre|valle",
        r"\w*(?:ema|oma|amma|ista|eta)|clima|sofà|milione|bilione|copione|campione|camion",
        "e o di del dei in a al con per che è sono era fu sarà la il lo le gli i l un una fino da dal su tra fra "
        "senza già non sì più meno ma quando come se si mi ci ha hanno",
        "grande",
    ),
}
SCALES = {"es": "mil", "pt": "mil"}
"""Words that agree with what stands behind them, as the number before them does."""
UNTOLD = ("de", "pl", "cs", "ru")
"""Languages in which "one", or "two", has more forms than can be told here."""
LITTLE_GERMAN = (
    "ist sind war und oder bis von vom zu zum in im am an auf mit für der die das dem den aus bei nach vor als "
    "wie"
)


def counted(written: str, behind: str, language: str) -> str:
    """A number as it is said before the text `behind`.

    Raises LanguageUnsupported where its form depends on what cannot be told.
    """
    whole, part = s.split_number(written, language)
    number = int(whole)
    forms = {s.cardinal(number, language, gender) for gender in (MASCULINE, FEMININE, "neuter")}
    if part or (len(forms) == 1 and not _agrees_in_thousands(number, language)):
        return s.decimal(written, language)
    found = _following(behind)
    if language in UNTOLD:
        return _told(written, found, language)
    if language not in GENDERS:
        return s.decimal(written, language)
    words = [word.lower() for word in found]
    gender = GENDERS[language].of(words[1:] if words[:1] == [SCALES.get(language)] else words)
    if language == "it":
        return _italian(number, gender, words)
    return feminine(number, language) if gender == FEMININE else s.cardinal(number, language, gender)


def feminine(number: int, language: str) -> str:
    """The feminine form; thousands agree, too, in Spanish, where CLDR leaves them masculine ("doscientas mil")."""
    if not _agrees_in_thousands(number, language):
        return s.cardinal(number, language, FEMININE)
    millions, rest = divmod(number, 10**6)
    thousands, ones = divmod(rest, 1000)
    parts = [s.cardinal(millions * 10**6, language)] if millions else []
    parts += (
        [f"{s.cardinal(thousands, language, FEMININE) if thousands > 1 else ''} mil".strip()]
        if thousands
        else []
    )
    return " ".join([*parts, *([s.cardinal(ones, language, FEMININE)] if ones else [])])


def _agrees_in_thousands(number: int, language: str) -> bool:
    return language == "es" and number >= 1000


def _following(behind: str) -> list[str]:
    """The words right behind, up to three, as long as nothing but spaces is between."""
    words, at = list[str](), 0
    while len(words) < 3 and (found := _BEHIND.match(behind, at)):
        words.append(found[1])
        at = found.end()
    return words


def _told(written: str, words: list[str], language: str) -> str:
    little = LITTLE_GERMAN.split() if language == "de" else []
    if not words or words[0] in little:
        return s.decimal(written, language)
    raise s.unsayable(language, f"{written} {words[0]}")


def _italian(number: int, gender: str, words: list[str]) -> str:
    """ "un cliente", "uno studio", "una rete", "un'azienda"; from 21 on the number stays as it is."""
    if number != 1 or not gender:
        return s.cardinal(number, "it")
    if gender == FEMININE:
        return "un'" if _VOWEL.match(words[0]) else "una"
    return "uno" if _UNO.match(words[0]) else "un"
