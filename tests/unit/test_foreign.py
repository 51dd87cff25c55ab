"""Figures in the languages of cloned voices: right, or refused with the figure's name; never mis-said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import counting
from studio.errors import LanguageUnsupported
from studio.foreign import written_out
from studio.spelling import JOINTS
from studio.spoken import spoken, spoken_text

pytestmark = pytest.mark.unit

SAID = """
es | Son $4.2M en 2025. | Son cuatro millones doscientos mil dólares estadounidenses en dos mil veinticinco
es | El 4 de marzo de 2025 a las 15:30 | El cuatro de marzo de dos mil veinticinco a las quince treinta
es | creció 21 % | creció veintiún por ciento
es | de 5-10 euros | de cinco a diez euros
es | hola@acme.com | hola arroba acme punto com
es | 1.250,5 | mil doscientos cincuenta coma cinco
es | -5 °C | menos cinco grados Celsius
es | $1M | un millón de dólares estadounidenses
fr | le 1er mars 2025 à 15h30 | le premier mars deux mille vingt-cinq à quinze heures trente
fr | 4,2 M€ | quatre millions deux cent mille euros
fr | 1 250 personnes | mille deux cent cinquante personnes
de | Am 4. März 2025 um 15:30 Uhr | Am vierten März zweitausendfünfundzwanzig um fünfzehn Uhr dreißig
de | Der 4. März | Der vierte März
de | 4,2 Mio. € | vier Millionen zweihunderttausend Euro
de | 1 h und 5-10 Euro | eine Stunde und fünf bis zehn Euro
it | il 4 marzo 2025 | il quattro marzo duemilaventicinque
pt | R$ 5 | cinco reais
pl | 4,2 | cztery przecinek dwa
pl | 5 km | pięć kilometrów
tr | %5 | yüzde beş
ru | 4 марта 2025 | четвертого марта две тысячи двадцать пятого года
ru | 5 км | пять километров
nl | 4 maart 2025 | vier maart tweeduizendvijfentwintig
cs | 5 km | pět kilometrů
ar | 5% | خمسة بالمئة
zh-cn | 增长了25% | 增长了 百分之二十五
zh-cn | 2025年3月4日 | 二零二五年三月四日
ja | 2025年3月4日 | 二千二十五年三月四日
hu | 5 km | öt kilométer
ko | 5% | 오 퍼센트
hi | 25% | पच्चीस प्रतिशत
""".strip().splitlines()
SAID += """
de | 10-15% | zehn bis fünfzehn Prozent
de | -5 € | minus fünf Euro
de | +15% | plus fünfzehn Prozent
de | 10+ | zehn plus
de | 5G | fünf G
de | 60 km/h | sechzig Kilometer pro Stunde
de | EUR 5 | fünf Euro
de | 24/7 | vierundzwanzig sieben
de | 20-jährig | zwanzig jährig
es | https://x.io/y?z=1 | x punto io barra y
es | 1,5 millones de $ | uno coma cinco millones de dólares estadounidenses
fr | 1,5 milliard € | un virgule cinq milliard d'euros
ar | ٣٫٥ | ثلاثة فاصلة خمسة
ar | ٥٠٪ | خمسون بالمئة
ar | AED 100 | مائة درهم إماراتي
hi | ₹1,00,000 | एक लाख भारतीय रुपए
hi | ₹5 करोड़ | पाँच करोड़ भारतीय रुपए
ja | 9時30分 | 九時三十分
ja | ５０％ | 五十 パーセント
zh | 10-15% | 百分之十到十五
zh | ¥500 | 五百人民币
""".strip().splitlines()
SAID += """
es | 200 empresas, 21 personas, 31 días | doscientas empresas veintiuna personas treinta y un días
es | 500.000 horas y 200 mil personas | quinientas mil horas y doscientas mil personas
es | 201.000 tiendas, 1.201.000 tiendas | doscientas una mil tiendas un millón doscientas una mil tiendas
es | 21 y 22 | veintiuno y veintidós
es | 700 grandes empresas | setecientas grandes empresas
es | 21 programas, 1 problema, 1 noche, 21 manos | veintiún programas un problema una noche veintiuna manos
es | 1 millón de horas | un millón de horas
es | la 1.ª vez, el 1.er trimestre | la primera vez el primer trimestre
fr | 21 personnes, 1 entreprise, 101 sociétés | vingt-et-une personnes une entreprise cent une sociétés
fr | 1 musée, 1 client, 1 silence, 1 million | un musée un client un silence un million
fr | la 2e fois, la 1ère fois | la deuxième fois la première fois
it | 1 studio, 1 cliente, 1 rete, 21 persone | uno studio un cliente una rete ventuno persone
it | la 2ª volta, 1 milione | la seconda volta un milione
pt | 2 empresas, 22 mil pessoas, 2 dias | duas empresas vinte e duas mil pessoas dois dias
pt | 2 milhões de pessoas, 2 questões, 2 cartões | dois milhões de pessoas duas questões dois cartões
pt | R$ 5 mi, R$ 1 | cinco milhões de reais um real
de | 1 Million und 1 Milliarde | eine Million und eine Milliarde
de | Punkt 1 ist | Punkt eins ist
pl | 5 firm | pięć firm
""".strip().splitlines()
REFUSED = """
de | 1 Firma
pl | 2 firmy
ru | 21 компания
es | 1/2 hora
de | ~20
de | <5%
es | #1
fr | 3 XY€
de | Der 3. Platz
pl | 4 marca 2025
cs | 4. března 2025
nl | 1 h
zh-cn | 5 km
hu | 5-10
ko | 15:30
ru | в 2025 году
es | 04/03/2025
sv | 5 hus
""".strip().splitlines()


@pytest.mark.parametrize("case", SAID)
def test_said(case: str) -> None:
    language, written, said = case.split(" | ")
    assert spoken_text(written, language) == said


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case: str) -> None:
    language, written = case.split(" | ")
    with pytest.raises(LanguageUnsupported, match="write it out in words"):
        spoken_text(written, language)


@pytest.mark.parametrize("written", ["3,5 Tage", "9:30 Uhr", "v2.1 kommt", "3. März", "3 Mio. € mehr"])
def test_a_sign_within_a_figure_is_no_pause(written: str) -> None:
    assert [token.stop for token in spoken(written + ".", None, "de")][:-1] == [""] * (
        len(written.split()) - 1
    )


FEMININE = """
es: empresas personas mujeres ciudades acciones reuniones horas noches partes veces leyes redes imágenes
órdenes claves ventas ofertas tiendas señales páginas semanas libras toneladas clases pymes manos fotos crisis
costumbres
pt: empresas pessoas mulheres cidades ações reuniões questões horas noites partes vezes leis redes imagens
ordens chaves vendas ofertas lojas páginas semanas toneladas classes mãos fotos crises opiniões viagens cores
regiões
fr: personne entreprise société équipe heure minute semaine journée ville vente réunion offre page fois femme
idée agence machine boutique réponse ligne marque campagne commande école partie cliente photo tonne solution
it: azienda persona donna città riunione ora notte parte rete immagine chiave vendita offerta pagina settimana
classe mano foto crisi opinione volta società attrice abitudine serie
"""
MASCULINE = """
es: clientes días meses años países millones problemas sistemas programas hombres empleados minutos segundos
usuarios proyectos inversores aviones lugares pedidos productos equipos euros dólares mapas idiomas meses
barcos jueces peces
pt: clientes dias meses anos países problemas sistemas programas homens funcionários minutos segundos usuários
projetos investidores aviões lugares pedidos produtos times euros dólares mapas idiomas cartões botões
caminhões
fr: client jour mois an pays problème système programme homme salarié produit projet investisseur avion lieu
musée silence lycée comité domaine euro message million fois-ci
it: cliente giorno mese anno paese problema sistema programma uomo minuto secondo prodotto progetto milione
clima messaggio euro mestiere bar dollaro
"""


def nouns(table: str) -> dict[str, list[str]]:
    parts = re.split(r"\b(\w\w):", table)[1:]
    return {language: words.split() for language, words in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("language", sorted(nouns(FEMININE)))
def test_a_number_agrees_with_what_it_counts(language: str) -> None:
    for gender, table in ((counting.FEMININE, FEMININE), (counting.MASCULINE, MASCULINE)):
        known = {noun: counting.GENDERS[language].of([noun]) for noun in nouns(table)[language]}
        assert [noun for noun, found in known.items() if found != gender] == []


def test_words_need_no_rules() -> None:
    assert spoken_text("Hej alla vänner", "sv") == "Hej alla vänner"


@given(st.sampled_from(sorted(JOINTS)), st.text("0123456789.,%$€ km-:/@abc中", max_size=16))
def test_figures_are_said_or_refused(language: str, text: str) -> None:
    try:
        found = spoken(text, None, language)
    except LanguageUnsupported:
        return
    assert [token.text for token in found] == text.split()
    assert not any(char.isdigit() for token in found for word in token.words for char in word)


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        (
            "fr",
            "Nous avons grandi de 3,5 %, enfin !",
            "Nous avons grandi de trois virgule cinq pour cent, enfin!",
        ),
        ("ar", "نمونا بنسبة 3.5%؟", "نمونا بنسبة ثلاثة فاصلة خمسة بالمئة؟"),
        ("hi", "हम 25% बढ़े।", "हम पच्चीस प्रतिशत बढ़े।"),
        ("zh-cn", "我们增长了25%。谢谢，再见！", "我们增长了百分之二十五。谢谢，再见！"),
        ("ja", "3.5%成長しました。", "三点五 パーセント成長しました。"),
        ("de", "Ohne Zahlen — bleibt alles.", "Ohne Zahlen — bleibt alles."),
    ],
)
def test_what_a_voice_reads_keeps_its_stops(language: str, written: str, read: str) -> None:
    assert written_out(written, language) == read


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_voice_would_read_wrongly_is_refused(case: str) -> None:
    language, written = case.split(" | ")
    with pytest.raises(LanguageUnsupported, match="write it out in words"):
        written_out(written, language)
