"""Invented firms with tax numbers whose check digits are right."""

from dataclasses import dataclass
from functools import cache
from random import Random

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from registry.invoices.invoice import Trader
from registry.kit.identifiers import USCC, VAT, TaxId

_FIRST = ("Nordlicht", "Brückner", "Falkenau", "Möwenstein", "Ostertal", "Kranichfeld", "Silberbach", "Lindhof",
          "Ahornberg", "Wiesengrund", "Habichtswald", "Rotdorn", "Eichwerder", "Steinmühle", "Birkensee")  # fmt: skip
_TRADES = ("Präzisionstechnik", "Umformtechnik", "Logistik", "Kunststoffe", "Elektronik", "Gießerei",
           "Werkzeugbau", "Antriebe")  # fmt: skip
_PLACES = ("Nord", "Süd", "West", "Ost", "Mitte")
_FORMS = ("GmbH", "AG", "GmbH & Co. KG", "KG")
_CITIES = ("临江", "云溪", "青浦湾", "东陵", "海曲", "石门岭", "望岳", "白鹿原")
_WORDS = ("精工", "恒达", "瑞丰", "鸿远", "金穗", "启明", "华彩", "天成", "立信", "同舟")
_BRANCHES = ("机械", "电子", "包装", "物流", "模具", "化工")


@dataclass(frozen=True)
class Firm:
    """``account``: an IBAN in form; its check digits mean nothing."""

    trader: Trader
    account: str

    @property
    def country(self) -> str:
        return self.trader.country

    @property
    def tax_id(self) -> str:
        return self.trader.identifiers[0].value


def a_firm(random: Random, country: str, name: str = "") -> Firm:
    if country == "CN":
        name = name or f"{random.choice(_CITIES)}{random.choice(_WORDS)}{random.choice(_BRANCHES)}有限公司"
    name = name or f"{random.choice(_FIRST)} {random.choice(_TRADES)} {random.choice(_FORMS)}"
    identifier = TaxId.of(
        tax_number(random, country), country=country, scheme=USCC if country == "CN" else VAT
    )
    return Firm(Trader(name, country, (identifier,)), f"DE{random.randrange(10**20):020}")


def tax_number(random: Random, country: str) -> str:
    if country == "CN":
        body = f"9133{random.randrange(10**4):04}MA{random.randrange(10**7):07}"
        return body + uscc.calc_check_digit(body)
    body = f"{random.randint(10_000_000, 99_999_999)}"
    return f"DE{body}{mod_11_10.calc_check_digit(body)}"


def a_sister(random: Random, firm: Firm) -> Firm:
    """Another firm of the same group: part of the name in common, a number and an account of its own."""
    if firm.country == "CN":
        return a_firm(
            random,
            "CN",
            firm.trader.name[:4] + f"{random.choice('甲乙丙丁')}分{random.choice(_BRANCHES)}有限公司",
        )
    first = firm.trader.name.split(" ", 1)[0]
    return a_firm(random, "DE", f"{first} {random.choice(_PLACES)} {random.choice(_TRADES)} GmbH")


@cache
def obligors(country: str) -> tuple[Firm, ...]:
    """A dozen core enterprises, the same for every set."""
    random = Random(f"obligors of {country}")
    names = ("Hanse Automobil AG", "Rheinwerk SE", "Elbtal Maschinen AG", "Isar Chemie AG", "Weser Bahn AG",
             "Neckar Energie SE", "Main Pharma AG", "Spree Telekom AG", "Saale Glas AG", "Oder Stahl AG",
             "Inn Papier AG", "Lech Textil AG") if country == "DE" else (
             "华原汽车股份有限公司", "东港重工股份有限公司", "长衡电力有限公司", "北川钢铁股份有限公司",
             "南屏通信有限公司", "西陵化工股份有限公司", "中岳建设有限公司", "沧江船舶有限公司")  # fmt: skip
    return tuple(a_firm(random, country, name) for name in names)
