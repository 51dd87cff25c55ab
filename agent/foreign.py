"""Answers in other languages: none of them decides anything, and their writer is told what to write."""

from __future__ import annotations

import re

_MEANS = {
    "shorter": "kürzer kuerzer kurz court courte corto corta curto curta breve korter kısa",
    "softer": "weicher sanfter doux douce suave morbido zachter",
    "slower": "langsamer lentement lent lento despacio piano langzamer yavaş",
    "faster": "schneller vite rapide rápido rapido veloce sneller hızlı",
    "again": "nochmal noch nochmals encore otra ancora opnieuw tekrar erneut",
    "undo": "zurück zurueck rückgängig retour annule atrás deshacer indietro terug geri",
    "cancel": "abbrechen abbruch stopp annuler arrêter cancelar annulla annuleren iptal stoppen",
    "approve": "ja jawohl jo oui ouais sí si sim sì evet tak da nickel passt genehmigt freigeben freigegeben "
    "einverstanden "
    "d'accord daccord validé valide approuvé approuve vale dale listo aprobado apruebo aprovado approvato "
    "akkoord tamam "
    "veröffentlichen publier publicar läuft parfait perfecto perfekt perfetto perfeito prima genial klar claro",
}
_OTHERS = """
    jep jup klasse oké ola
    nein nee non nö nicht kein keine keinen aber doch wenn noch warte moment bitte danke gut sehr schön toll super alles
    los mach mache das ist zu lang länger zeile satz wärmer hallo guten tag bis später morgen vielleicht weiter okej
    mais pas encore attends merci bonjour très tres bien plus moins ligne phrase c'est ça trop peut demain
    pero espera gracias hola bueno buena bien más mas menos línea linea está es muy todo mañana quizás adelante
    ma aspetta grazie ciao bene va più riga tutto domani forse não nao mas espere obrigado obrigada olá mais linha
    maar wacht dank bedankt goed regel misschien hayır ama bekle teşekkürler çok iyi nie ale dobrze
"""
_ENGLISH = frozenset(
    """da es das is bis ma mas tag super moment plus prima piano genial claro breve non valide dale rapide va bien los
    encore retour court""".split()
)
"""Of those, words that an English reply may hold; alone they are foreign."""
_WORDS = frozenset(_OTHERS.split()).union(*(words.split() for words in _MEANS.values()))
_SURE = _WORDS - _ENGLISH


def is_foreign(reply: str) -> bool:
    """Whether a reply holds words of another language, as far as the usual short answers go, or of another script."""
    words = _words(reply)
    if any(not re.fullmatch(r"[a-zà-ÿœ'’]+", word) for word in words):
        return True
    return any(word in _SURE for word in words) or (bool(words) and all(word in _WORDS for word in words))


def in_english(reply: str, what: str, example: str) -> str:
    """What to write instead; `what` is up for review, `example` a wish that could be made of it."""
    meant = next(
        (mean for word in _words(reply) for mean, said in _MEANS.items() if word in said.split()), ""
    )
    if meant == "approve":
        return f"I read English only, and a yes must be certain: write “approve” to accept {what}, or press its button."
    if meant:
        return f"I read English only. If you mean “{meant}”, write that; “approve” accepts {what}."
    return f"I read English only: write “approve” to accept {what}, “cancel” to end it, or a wish such as {example}."


def _words(reply: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", reply.lower().replace("’", "'"))
