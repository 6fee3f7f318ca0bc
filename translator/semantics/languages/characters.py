"""Sets of characters as RE2 names them: POSIX and Perl classes, Unicode categories, case folding."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from translator.ir.intervals import Intervals, difference, intervals, union
from translator.semantics.languages.expressions import LAST_CODE_POINT

EVERY_POINT: Final[Intervals] = ((0, LAST_CODE_POINT),)
_DIGIT: Final[Intervals] = ((0x30, 0x39),)
_UPPER: Final[Intervals] = ((0x41, 0x5A),)
_LOWER: Final[Intervals] = ((0x61, 0x7A),)
_ALPHA: Final = union(_UPPER, _LOWER)
_ALNUM: Final = union(_DIGIT, _ALPHA)
WORD: Final = union(_ALNUM, ((0x5F, 0x5F),))

POSIX: Final[dict[str, Intervals]] = {
    "alnum": _ALNUM,
    "alpha": _ALPHA,
    "ascii": ((0, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0, 0x1F), (0x7F, 0x7F)),
    "digit": _DIGIT,
    "graph": ((0x21, 0x7E),),
    "lower": _LOWER,
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": _UPPER,
    "word": WORD,
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}
"""``[[:name:]]``; ASCII only, as RE2 defines them."""

PERL: Final[dict[str, Intervals]] = {"d": _DIGIT, "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)), "w": WORD}
"""``\\d``, ``\\s``, ``\\w``; ASCII only, and ``\\s`` is without the vertical tab."""

CATEGORIES: Final = frozenset(
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs".split()  # noqa: SIM905
)
SCRIPTS: Final = frozenset(
    """
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo
    Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common
    Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs
    Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul
    Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi
    Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki
    Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean
    Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi
    Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong
    Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian
    Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi
    Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo
    Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana
    Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
    """.split()  # noqa: SIM905 - 170 names read better as text
)
"""Scripts that RE2 knows. Python has no table of their characters, so they are valid here and never decided."""


def complement(points: Intervals) -> Intervals:
    """Every character but these."""
    return difference(EVERY_POINT, points)


def category(name: str) -> Intervals:
    """The characters of a Unicode general category, or of a whole group of them (``L``)."""
    table = _categories()
    return union(*(points for each, points in table.items() if each.startswith(name) and each != "Cn"))


def fold(points: Intervals) -> Intervals:
    """The set together with the other cases of its characters (simple case folding, as RE2's ``(?i)``)."""
    if not points or points == EVERY_POINT:
        return points
    found = list(points)
    for low, high in points:
        if low <= 0x7A:
            found += [(max(low, 0x41) + 32, min(high, 0x5A) + 32), (max(low, 0x61) - 32, min(high, 0x7A) - 32)]
            # The Kelvin sign and the long s are the only characters outside ASCII that fold into it.
            found += [(0x212A, 0x212A)] if _has(low, high, 0x4B) or _has(low, high, 0x6B) else []
            found += [(0x17F, 0x17F)] if _has(low, high, 0x53) or _has(low, high, 0x73) else []
    if points[-1][1] > 0x7F:
        for orbit in _orbits():
            if any(_has(low, high, point) for point in orbit for low, high in points):
                found += [(point, point) for point in orbit]
    return intervals(found)


def _has(low: int, high: int, point: int) -> bool:
    return low <= point <= high


@cache
def _categories() -> dict[str, Intervals]:
    """Category → characters; walks all of Unicode once, and only when an expression names a category."""
    runs: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for point in range(1, LAST_CODE_POINT + 2):
        found = unicodedata.category(chr(point)) if point <= LAST_CODE_POINT else ""
        if found != current:
            runs.setdefault(current, []).append((start, point - 1))
            start, current = point, found
    return {name: intervals(found) for name, found in runs.items()}


@cache
def _orbits() -> tuple[tuple[int, ...], ...]:
    """Sets of characters that differ in case only. Full foldings to several letters do not count in RE2."""
    by_key: dict[str, list[int]] = {}
    for point in range(0x41, 0x1E944):
        char = chr(point)
        folded = char.casefold()
        key = folded if len(folded) == 1 else char.lower()
        by_key.setdefault(key if len(key) == 1 else char, []).append(point)
    return tuple(tuple(orbit) for orbit in by_key.values() if len(orbit) > 1)
