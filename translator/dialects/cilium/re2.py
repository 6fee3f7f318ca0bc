"""Whether Go's regexp package compiles an expression, which is what the agent asks of HTTP paths and methods.

Source: cilium.md 8.1 (RE2: no lookaround, no backreference, no possessive quantifier, repeats up to 1000) and the
grammar of Go's ``regexp/syntax`` with its Perl flags.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MAX_REPEAT: Final = 1000
_MAX_DEPTH: Final = 120
"""Go's own limit is 1000 levels; nobody nests a path that deep, and Python's stack is the smaller one."""
_REPEAT: Final = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_GROUP_NAME: Final = re.compile(r"\?P?<([A-Za-z0-9_]+)>")
_FLAGS: Final = re.compile(r"\?[imsU]*(-[imsU]+)?([:)])")
_HEX: Final = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL: Final = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_UNICODE: Final = re.compile(r"[pP](?:\{\^?([A-Za-z_]+)\}|([A-Z]))")
_POSIX: Final = re.compile(r"\[:\^?(.*?):\]", re.DOTALL)
_POSIX_CLASSES: Final = frozenset(
    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split()  # noqa: SIM905
)
_CATEGORIES: Final = frozenset(
    """Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp
    Zs""".split()  # noqa: SIM905
)
_SCRIPTS: Final = frozenset(
    """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
    Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
    Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
    Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
    Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
    Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
    Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
    Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
    New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian
    Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong
    Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian
    Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le
    Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai
    Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square""".split()  # noqa: SIM905
)
_SINGLE_ESCAPES: Final = {letter: ord(char) for letter, char in zip("afnrtv", "\a\f\n\r\t\v", strict=True)}
_CLASS_ESCAPES: Final = frozenset("dDsSwW")
_EMPTY_WIDTH_ESCAPES: Final = frozenset("AbBz")


class _SyntaxError(Exception):
    """The expression does not compile; the argument says why."""


@lru_cache(maxsize=4096)
def compile_error(expression: str) -> str | None:
    """Why Go's regexp package refuses an expression, or None when it compiles."""
    try:
        parser = _Parser(expression)
        parser.alternation(0)
        if parser.rest():
            return "unexpected )"
    except _SyntaxError as error:
        return str(error)
    return None


class _Parser:
    """A recursive descent over the expression that builds nothing but the nested repeat count."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def rest(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._text)

    def _next(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def alternation(self, depth: int) -> int:
        """alternation := concatenation ("|" concatenation)*; the answer is the largest product of nested repeats."""
        if depth > _MAX_DEPTH:
            raise _SyntaxError("expression nests too deeply")
        largest = self._concatenation(depth)
        while self._next() == "|":
            self._at += 1
            largest = max(largest, self._concatenation(depth))
        return largest

    def _concatenation(self, depth: int) -> int:
        """concatenation := (atom repeat?)* ; atoms that stand for nothing leave the one before to a repeat."""
        largest = before = 0
        while self._next() not in ("", "|", ")"):
            if not self._at_repeat():
                before = self._atom(depth) or before
            if not before and self._at_repeat():
                raise _SyntaxError("missing argument to repetition operator")
            largest = max(largest, self._repeat(before))
        return max(largest, 1)

    def _at_repeat(self) -> bool:
        return self._next() in ("*", "+", "?") or _REPEAT.match(self._text, self._at) is not None

    def _repeat(self, inner: int) -> int:
        """repeat := ("*" | "+" | "?" | "{" n ("," m?)? "}") "?"? ; a second one right behind it is an error."""
        bounds = _REPEAT.match(self._text, self._at)
        if bounds:
            low = int(bounds[1])
            high = int(bounds[3]) if bounds[3] else low
            if low > _MAX_REPEAT or high > _MAX_REPEAT or high < low:
                raise _SyntaxError(f"invalid repeat count: `{bounds[0]}`")
            if max(low, high) >= 2:
                inner *= max(low, high)
            if inner > _MAX_REPEAT:
                raise _SyntaxError(f"invalid repeat count: `{bounds[0]}`")
            self._at = bounds.end()
        elif self._at_repeat():
            self._at += 1
        else:
            return inner
        if self._next() == "?":
            self._at += 1
        if self._at_repeat():
            raise _SyntaxError("invalid nested repetition operator")
        return inner

    def _atom(self, depth: int) -> int:
        """atom := group | class | escape | any other character; 0 for flags and empty quotes, which match nothing."""
        match self._next():
            case "(":
                return self._group(depth)
            case "[":
                self._class()
            case "\\":
                return self._escape()
            case _:
                self._at += 1
        return 1

    def _group(self, depth: int) -> int:
        """group := "(" ("?" (name | flags))? alternation ")", or flags alone."""
        self._at += 1
        if self._next() == "?":
            name = _GROUP_NAME.match(self._text, self._at)
            flags = _FLAGS.match(self._text, self._at)
            if name:
                self._at = name.end()
            elif flags:
                self._at = flags.end()
                if flags[2] == ")":
                    return 0
            else:
                raise _SyntaxError(f"invalid or unsupported Perl syntax: `({self._text[self._at : self._at + 2]}`")
        largest = self.alternation(depth + 1)
        if self._next() != ")":
            raise _SyntaxError("missing closing )")
        self._at += 1
        return largest

    def _escape(self) -> int:
        """escape := "\\Q" … "\\E" | "\\" (empty-width | class | unicode | character)"""
        following = self._text[self._at + 1 : self._at + 2]
        if following == "Q":
            start = self._at + 2
            end = self._text.find("\\E", start)
            self._at = len(self._text) if end < 0 else end + 2
            return int(start not in (end, len(self._text)))
        if following and (following in _EMPTY_WIDTH_ESCAPES or following in _CLASS_ESCAPES):
            self._at += 2
        elif following in ("p", "P"):
            self._unicode()
        else:
            self._character()
        return 1

    def _unicode(self) -> None:
        found = _UNICODE.match(self._text, self._at + 1)
        name = (found[1] or found[2]) if found else ""
        if not found or (name not in _CATEGORIES and name not in _SCRIPTS):
            raise _SyntaxError("invalid character class range")
        self._at = found.end()

    def _character(self) -> int:
        """One character, plain or escaped; the answer is its code point."""
        if self._next() != "\\":
            self._at += 1
            return ord(self._text[self._at - 1])
        following = self._text[self._at + 1 : self._at + 2]
        if not following:
            raise _SyntaxError("trailing backslash at end of expression")
        octal = _OCTAL.match(self._text, self._at + 1)
        if octal:
            self._at = octal.end()
            return int(octal[0], 8)
        if following == "x":
            found = _HEX.match(self._text, self._at + 1)
            if found and int(found[1] or found[2], 16) <= 0x10FFFF:
                self._at = found.end()
                return int(found[1] or found[2], 16)
        elif following in _SINGLE_ESCAPES:
            self._at += 2
            return _SINGLE_ESCAPES[following]
        elif following.isascii() and not following.isalnum():
            self._at += 2
            return ord(following)
        raise _SyntaxError(f"invalid escape sequence: `\\{following}`")

    def _class(self) -> None:
        """class := "[" "^"? (posix | escape | character ("-" character)?)+ "]" """
        start = self._at
        self._at += 1
        if self._next() == "^":
            self._at += 1
        is_first = True
        while is_first or self._next() != "]":
            if not self.rest():
                raise _SyntaxError(f"missing closing ]: `{self._text[start:]}`")
            is_first = False
            self._class_item()
        self._at += 1

    def _class_item(self) -> None:
        posix = _POSIX.match(self._text, self._at)
        if posix:
            if posix[1] not in _POSIX_CLASSES:
                raise _SyntaxError(f"invalid character class range: `{posix[0]}`")
            self._at = posix.end()
            return
        following = self._text[self._at + 1 : self._at + 2] if self._next() == "\\" else ""
        if following in ("p", "P"):
            self._unicode()
            return
        if following and following in _CLASS_ESCAPES:
            self._at += 2
            return
        low = self._character()
        if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
            self._at += 1
            if self._character() < low:
                raise _SyntaxError("invalid character class range")
