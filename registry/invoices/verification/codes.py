"""Code lists an electronic invoice draws on. Pure data and membership."""

import re

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XI XK
"""
_TYPE_CODES = """
    71 80 81 82 83 84 102 130 202 203 204 211 218 219 261 262 295 296 308 325 326 331 380 381 382 383 384 385 386 387
    388 389 390 393 394 395 396 420 456 457 458 502 503 527 532 553 633 751 780 817 870 875 876 877 935
"""
# ISO 3166-1 alpha-2, and XI and XK, which invoices carry for Northern Ireland and Kosovo.
COUNTRIES = frozenset(_COUNTRIES.split())
# UNTDID 1001 as EN 16931 takes it for invoices and credit notes (BT-3).
TYPE_CODES = frozenset(_TYPE_CODES.split())
# UN/ECE recommendations 20 and 21 hold about 2,200 codes that are added to twice a year: their form is checked.
_UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)


def is_unit(code: str) -> bool:
    """Whether this has the form of a unit code: ``C62``, ``KGM``, ``XBX``."""
    return _UNIT.fullmatch(code) is not None
