"""AWS's own price list files, of one service in one Region or in all, as JSON or CSV.

Their form is in https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html,
and where to get them in https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html.
The largest have hundreds of megabytes: both forms are read piece by piece, and what no price asks for is let go.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO, TypeAlias

# Upper bound, None for none, and US dollars, tier by tier.
Listed: TypeAlias = Sequence[tuple[str | None, str]]

_WHERE: Final = (
    "Needed is a file of prices of one service, as JSON or CSV, such as "
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonVPC/current/us-east-1/index.csv"
)
# Usage types begin with their Region's short name, such as EUC1 (Ireland's is EU), or, of some services, with its code;
# those of us-east-1 often with neither.
_PREFIX = re.compile(r"(?:(?:EU|[A-Z]{2,3}\d|[a-z]{2}(?:-[a-z]+)+-\d)-)?")
# How an upper bound says that there is none.
_OPEN = ("Inf", "")
_AMOUNT = re.compile(r"\d{1,30}(\.\d{0,30})?([eE]-?\d{1,2})?", re.ASCII)
_SPACE = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 20


class PriceListError(ValueError):
    """A file that is no price list."""


@dataclass(frozen=True, slots=True)
class Selector:
    """What tells a price's products in the price list.

    :param service: the service's code, such as ``AmazonVPC``.
    :param usage_type: the usage type, without what it begins with for the Region: ``VpcEndpoint-Hours``.
    :param attributes: what other attributes have to say, by their names in JSON files, such as ``operation``.
    """

    service: str
    usage_type: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def selects(self, attributes: Mapping[str, str]) -> bool:
        """Whether a product with these attributes is it; names are compared by letters and digits alone."""
        usage_type = attributes.get("usagetype", "")
        begin = usage_type.removesuffix(self.usage_type)
        return (
            (begin != usage_type and _PREFIX.fullmatch(begin) is not None)
            and attributes.get("servicecode") == self.service
            and attributes.get("locationtype", "AWS Region") == "AWS Region"
            and all(attributes.get(_plain(name)) == value for name, value in self.attributes.items())
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What of a price list file is asked for: by price id and Region, None where its products disagree.

    ``missing`` are the ids of prices of its service that it has no product for.
    """

    code: str
    version: str
    published: date
    one_region: bool
    prices: Mapping[tuple[str, str], Listed | None]
    missing: tuple[str, ...]

    @property
    def regions(self) -> frozenset[str]:
        """The Regions that it has prices of."""
        return frozenset(region for _, region in self.prices)

    def url(self, region: str) -> str:
        """Return where AWS keeps this version of the file."""
        part = f"{region}/" if self.one_region else ""
        return f"https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{self.code}/{self.version}/{part}index.json"


def read_price_list(path: Path, selectors: Mapping[str, Selector]) -> Offer:
    """Read of a price list file what ``selectors``, by price id, ask for.

    :raises PriceListError: for what is no price list of a service, or of none that is asked for.
    """
    found = _Found(selectors)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(1)
            file.seek(0)
            if start == "{":
                _read_json(path, file, found)
            else:
                _read_csv(path, file, found)
    except OSError as error:
        raise PriceListError(f"{path}: {error.strerror or error}. {_WHERE}") from None
    except UnicodeDecodeError:
        _refuse(path, "not text; a compressed file has to be unpacked first")
    return found.offer(path)


def _refuse(path: Path, got: str) -> NoReturn:
    raise PriceListError(f"{path}: got {got}. {_WHERE}")


class _Found:
    """What a file has said so far."""

    def __init__(self, selectors: Mapping[str, Selector]) -> None:
        self.about: dict[str, str] = {}
        self._by_service: dict[str, list[tuple[str, Selector]]] = {}
        for name, selector in selectors.items():
            self._by_service.setdefault(selector.service, []).append((name, selector))
        self._products: dict[str, list[tuple[str, str]]] = {}
        self._rates: dict[tuple[str, str], dict[str, list[tuple[str, str, str]]]] = {}

    def product(self, sku: str, attributes: Mapping[str, str]) -> bool:
        """Keep a product if it is asked for, and return whether it is."""
        if sku not in self._products:
            candidates = self._by_service.get(attributes.get("servicecode", ""), ())
            names = [name for name, selector in candidates if selector.selects(attributes)]
            region = attributes.get("regioncode") or attributes.get("fromregioncode") or ""
            if not names or not region:
                return False
            self._products[sku] = [(name, region) for name in names]
        return True

    def wants(self, sku: str) -> bool:
        return sku in self._products

    def rate(self, sku: str, begin: str, end: str, usd: str) -> None:
        for key in self._products[sku]:
            self._rates.setdefault(key, {}).setdefault(sku, []).append((begin, end, usd))

    def offer(self, path: Path) -> Offer:
        missing = [name for name in ("offerCode", "version", "publicationDate") if not self.about.get(name)]
        if missing:
            _refuse(path, f"a file without {' and '.join(missing)}")
        code = self.about["offerCode"]
        if not self._rates:
            services = ", ".join(sorted(self._by_service))
            _refuse(path, f"a price list of {code} with no price that the estimate asks for; it asks for {services}")
        try:
            published = date.fromisoformat(self.about["publicationDate"][:10])
        except ValueError:
            _refuse(path, f"a file with the publicationDate {self.about['publicationDate']}, which is no day")
        for (name, region), by_sku in self._rates.items():
            for rate in (rate for rates in by_sku.values() for rate in rates):
                if not all(map(_is_amount, (rate[0], rate[2]))) or not (rate[1] in _OPEN or _is_amount(rate[1])):
                    _refuse(path, f"for {name} in {region} from {rate[0]} to {rate[1]} the price {rate[2]}, no amounts")
        prices = {key: _agreed(list(by_sku.values())) for key, by_sku in self._rates.items()}
        return Offer(
            code=code,
            version=self.about["version"],
            published=published,
            one_region=len({region for _, region in prices}) == 1,
            prices=prices,
            missing=tuple(name for name, _ in self._by_service.get(code, ()) if name not in {key[0] for key in prices}),
        )


def _agreed(rates: Sequence[Sequence[tuple[str, str, str]]]) -> Listed | None:
    """Return the tiers if all products say the same and their ranges follow one another, else None."""
    tiers = [_in_order(each) for each in rates]
    return tiers[0] if all(each == tiers[0] for each in tiers) else None


def _in_order(rates: Sequence[tuple[str, str, str]]) -> Listed | None:
    ordered = sorted(rates, key=lambda rate: float(rate[0]))
    ends = [None if end in _OPEN else end for _, end, _ in ordered]
    follows = all(
        end is not None and float(end) == float(begin) for end, (begin, _, _) in zip(ends, ordered[1:], strict=False)
    )
    if not follows or ends[-1] is not None or float(ordered[0][0]) != 0:
        return None
    return [(end, usd) for end, (_, _, usd) in zip(ends, ordered, strict=True)]


def _is_amount(value: object) -> bool:
    return isinstance(value, str) and _AMOUNT.fullmatch(value) is not None


def _plain(name: str) -> str:
    """Return an attribute's name as JSON and CSV files both have it: "Region Code" is "regionCode"."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


# CSV: five rows about the file, one of column names, then a row for each rate of each product.


def _read_csv(path: Path, file: TextIO, found: _Found) -> None:
    rows = csv.reader(file)
    names: list[str] = []
    try:
        for row in rows:
            if row[:1] == ["SKU"]:
                names = [_plain(name) for name in row]
                break
            if len(row) != 2 or rows.line_num > 16:
                break
            key = {"Publication Date": "publicationDate", "Version": "version", "OfferCode": "offerCode"}.get(row[0])
            if key:
                found.about[key] = row[1]
        needed = {"sku", "termtype", "startingrange", "endingrange", "priceperunit", "currency", "usagetype"}
        if not needed <= set(names):
            _refuse(path, "neither a price list in JSON nor one in CSV")
        for row in rows:
            if not row:
                continue
            if len(row) != len(names):
                _refuse(path, f"CSV that is cut off: line {rows.line_num} has {len(row)} of {len(names)} columns")
            attributes = dict(zip(names, row, strict=True))
            if attributes.get("termtype") != "OnDemand" or attributes.get("currency") != "USD":
                continue
            if found.product(attributes["sku"], attributes):
                begin, end = attributes["startingrange"], attributes["endingrange"]
                found.rate(attributes["sku"], begin, end, attributes["priceperunit"])
    except csv.Error as error:
        _refuse(path, f"CSV that cannot be read in line {rows.line_num}: {error}")


# JSON: products by SKU, then terms by type and SKU.


def _read_json(path: Path, file: TextIO, found: _Found) -> None:
    stream = _Stream(file)
    try:
        for key in stream.members():
            if key in ("offers", "regions", "currentVersionUrl"):
                _refuse(path, "an index of price lists; take the file that one of its addresses names")
            elif key == "products":
                if not stream.at_object():
                    _refuse(path, "a price list of Savings Plans, which the estimate does not count with")
                for sku in stream.members():
                    product = stream.value()
                    attributes = {_plain(name): value for name, value in product["attributes"].items()}
                    attributes["productfamily"] = product.get("productFamily", "")
                    found.product(sku, attributes)
            elif key == "terms":
                for kind in stream.members():
                    for sku in stream.members():
                        terms = stream.value()
                        if kind == "OnDemand" and found.wants(sku):
                            _on_demand(sku, terms, found)
            else:
                value = stream.value()
                if isinstance(value, str):
                    found.about[key] = value
    except (JSONDecodeError, AttributeError, KeyError, TypeError):
        _refuse(path, "JSON that is not in the form of a price list, or is cut off")


def _on_demand(sku: str, terms: Mapping[str, Any], found: _Found) -> None:
    # One at a time is in effect; should there be more, the last that began is.
    term = max(terms.values(), key=lambda term: str(term["effectiveDate"]))
    for rate in term["priceDimensions"].values():
        if "USD" in rate["pricePerUnit"]:
            found.rate(sku, rate.get("beginRange", "0"), rate.get("endRange", "Inf"), rate["pricePerUnit"]["USD"])


class _Stream:
    """JSON read member by member, holding no more than one member and a piece of the file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that is next; whoever asks has to take each one's value, or its members."""
        self._take("{")
        if self._peek() == "}":
            self._take("}")
            return
        while True:
            key = self.value()
            self._take(":")
            yield key
            if self._peek() != ",":
                break
            self._take(",")
        self._take("}")

    def at_object(self) -> bool:
        return self._peek() == "{"

    def value(self) -> Any:
        """Take the value that is next, whole."""
        self._peek()
        size = _CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except JSONDecodeError:
                if not self._more(size):
                    raise
            else:
                # A number may go on in the next piece.
                if end < len(self._text) or not self._more(size):
                    self._at = end
                    return value
            size *= 2

    def _peek(self) -> str:
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_CHUNK):
                return ""

    def _take(self, letter: str) -> None:
        if self._peek() != letter:
            raise JSONDecodeError(f"no {letter}", self._text, self._at)
        self._at += 1

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        piece = self._file.read(size)
        self._ended = not piece
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)
