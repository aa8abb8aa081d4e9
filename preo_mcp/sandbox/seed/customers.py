"""The customers of the two organizers: names, addresses, numbers and languages in believable proportion."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from preo_mcp.sandbox.customers import insert_customers
from preo_mcp.sandbox.data_imports.records import CUSTOMER_PREFIX
from preo_mcp.sandbox.seed.draws import Weighted, chance, pick, pick_early
from preo_mcp.sandbox.seed.organizations import ELBKLANG, NORDLYS, Organization
from preo_mcp.sandbox.store import Doc, Store, spell_id


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one language."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def _names(first: str, last: str) -> Names:
    return Names(tuple(first.split()), tuple(last.split()))


NAMES = MappingProxyType(
    {
        "da": _names(
            """Anne Peter Mette Michael Kirsten Lars Hanne Jens Anna Thomas Helle Henrik Susanne Søren Lene Christian
            Maria Martin Marianne Jan Inge Morten Camilla Jesper Louise Anders Karen Niels Charlotte Rasmus Pia Mads
            Ida Kasper Emma Frederik Sofie Mikkel Freja Emil Clara Magnus Laura Tobias Josefine Oliver Signe Jonas
            Åse Bjørn Maja Jørgen Astrid Gustav Birgitte Asger Liv Aksel Ditte Øjvind Karoline Valdemar Sanne Torben
            Line Noah Katrine Malthe Nanna Kåre Rikke Poul Mathilde Viggo Tove Villads Gitte Oscar Trine Per""",
            """Nielsen Jensen Hansen Andersen Pedersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen
            Kristensen Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen Knudsen Jakobsen Jacobsen
            Mikkelsen Olesen Frederiksen Laursen Henriksen Lund Schmidt Eriksen Holm Kristiansen Clausen Simonsen
            Svendsen Andreasen Iversen Jeppesen Vestergaard Nissen Lauridsen Kjær Jespersen Mogensen Nørgaard Jepsen
            Frandsen Søndergaard Jessen Carlsen Christoffersen Dahl Bruun Bertelsen Bech Østergaard Friis Kjeldsen
            Lauritsen Toft Bang Krogh Højgaard Bjerregaard Ravn Holst Juul Skov Dam Thygesen Aagaard Kjærgaard
            Bak Winther Hedegaard Ørsted Brandt Ågesen Lindholm Damgaard Degn Bisgaard Nygaard""",
        ),
        "de": _names(
            """Maria Thomas Anna Michael Julia Stefan Sabine Andreas Laura Christian Lena Martin Katharina Daniel
            Sarah Markus Nina Sebastian Claudia Tobias Lea Florian Hannah Jan Petra Matthias Susanne Jürgen Johanna
            Felix Monika Alexander Kerstin Lukas Franziska Jonas Sophie Maximilian Birgit Günther Emma Björn Mia
            Jörg Antje Niklas Frieda Rainer Greta Torsten Ulrike Philipp Käthe Leon Heike Moritz Paula Uwe Clara
            Sören Wiebke Finn Svenja Henning Merle Jannik Friederike Oskar Bärbel Karl Jule Emil""",
            """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
            Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause
            Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang
            Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck
            Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt
            Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn
            Petersen Hansen Jansen Voß Lüders""",
        ),
        "en": _names(
            """Olivia James Emily Oliver Sophie Jack Charlotte Thomas Grace Harry Lucy William Ella George Chloe Daniel
            Hannah Samuel Amelia Joseph Megan Matthew Rebecca Adam Zoe Liam Niamh Callum Priya Ravi Aisha Owen
            Fiona Patrick""",
            """Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker
            White Roberts Green Hall Wood Jackson Clarke Khan Hughes Edwards Turner Murphy O'Brien Campbell Stewart
            MacDonald Fraser Byrne Bennett""",
        ),
        "se": _names(
            """Anna Erik Maria Lars Karin Karl Sara Anders Emma Johan Elin Per Kristina Nils Linnéa Oskar Åsa Björn
            Ebba Gustaf Maja Viktor Sofia Göran Alva Hugo""",
            """Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson
            Jonsson Lindberg Lindström Sjöberg Åkesson Bergström Lundqvist Nyström Öberg Ekström Hedlund""",
        ),
        "nl": _names(
            """Anna Jan Sanne Daan Emma Pieter Lotte Bram Fleur Willem Femke Sven Iris Joost Marieke Thijs Noor Ruben
            Eva Lars""",
            """Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kok Vermeulen
            Schouten Postma Kuipers Hoekstra Verhoeven""",
        ),
        "pl": _names(
            """Anna Piotr Katarzyna Tomasz Małgorzata Paweł Agnieszka Michał Ewa Marcin Joanna Łukasz Magdalena Jakub
            Zofia Mateusz Aleksandra Kamil Wojciech Bożena""",
            """Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Zając Król Wieczorek Wróbel Dudek Stępień Pawlak Sikora
            Walczak Michalak Szewczyk Ostrowski Głowacki Pietrzak""",
        ),
    }
)
"""By language."""


SHARE_WITHOUT_PHONE = 0.04

HOSTS = Weighted(("example.com", 6), ("example.org", 2), ("example.net", 2))
"""Domains that are reserved for examples (RFC 2606): nobody gets a message sent to them."""

ASCII = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "ł": "l", "ó": "o"}
    | {"ń": "n", "ś": "s", "ę": "e", "ą": "a", "ć": "c", "ż": "z", "ź": "z", "'": ""}
)


@dataclass(frozen=True, slots=True)
class Regular:
    """A customer who is the same in every seed, to search for in examples and tests."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who buys from an organizer: how many, and in which languages."""

    size: int
    languages: Weighted[str]
    regulars: tuple[Regular, ...]


AUDIENCES: MappingProxyType[str, Audience] = MappingProxyType(
    {
        NORDLYS.id: Audience(
            1_300,
            Weighted(("da", 78), ("en", 8), ("se", 7), ("de", 4), ("nl", 2), ("pl", 1)),
            (
                Regular("usr_soeren", "Søren", "Kjærgaard", "soeren.kjaergaard@example.com", "+4520134567"),
                Regular("usr_maja", "Maja", "Østergaard", "maja.oestergaard@example.com", "+4522698765"),
            ),
        ),
        ELBKLANG.id: Audience(
            700,
            Weighted(("de", 80), ("en", 8), ("da", 4), ("nl", 4), ("pl", 3), ("se", 1)),
            (
                Regular("usr_juergen", "Jürgen", "Groß", "juergen.gross@example.com", "+494066969123"),
                Regular("usr_bozena", "Bożena", "Wójcik", "bozena.wojcik@example.com", "+48501234567"),
            ),
        ),
    }
)
"""By organization."""

LOCALES = MappingProxyType({"de": "en"})
"""The language that a customer is addressed in where it is not their own, because Preo does not offer it."""


class Customers:
    """The customers being made: no two share an address or a number."""

    def __init__(self, source: Random) -> None:
        self.source = source
        self.count = 0
        regulars = [regular for audience in AUDIENCES.values() for regular in audience.regulars]
        self.emails = {regular.email for regular in regulars}
        self.phones = {regular.phone for regular in regulars}

    def of(self, organization: Organization) -> list[Doc]:
        """Return an organizer's customers, the regulars first, without the times `created` and `modified`."""
        audience = AUDIENCES[organization.id]
        regulars = [
            _customer(organization, regular.id, regular.first_name, regular.last_name)
            | {"email": regular.email, "phone_number": regular.phone, "locale": organization.language}
            for regular in audience.regulars
        ]
        return regulars + [self._draw(organization, audience) for _ in range(audience.size - len(regulars))]

    def write(self, store: Store, customers: Iterable[Doc]) -> None:
        """Write customers, complete with their times, and the counter of their ids."""
        insert_customers(store, customers)
        store.db.execute("INSERT INTO counters VALUES (?, ?)", (CUSTOMER_PREFIX, self.count))

    def _draw(self, organization: Organization, audience: Audience) -> Doc:
        language = audience.languages.draw(self.source)
        names = NAMES[language]
        first, last = pick_early(self.source, names.first), pick_early(self.source, names.last)
        phone = draw_phone(self.source, language, self.phones)
        self.count += 1
        doc = _customer(organization, spell_id(CUSTOMER_PREFIX, self.count), first, last)
        doc["email"] = self._email(first, last)
        doc["phone_number"] = None if chance(self.source, SHARE_WITHOUT_PHONE) else phone
        doc["locale"] = LOCALES.get(language, language)
        return doc

    def _email(self, first: str, last: str) -> str:
        name = f"{first}.{last}".lower().translate(ASCII)
        host = HOSTS.draw(self.source)
        email = f"{name}@{host}"
        while email in self.emails:
            email = f"{name}{int(self.source.random() * 99) + 1}@{host}"
        self.emails.add(email)
        return email


def _customer(organization: Organization, key: str, first: str, last: str) -> Doc:
    """Begin a customer's document, with its keys in the order in which it is shown."""
    return {
        "id": key,
        "email": "",
        "first_name": first,
        "last_name": last,
        "phone_number": None,
        "locale": "",
        "organization_id": organization.id,
    }


BLOCKS = MappingProxyType(
    {
        "da": tuple((f"+45{prefix}", 5) for prefix in (201, 226, 287, 302, 408, 514, 611)),
        "de": (
            *(("+4917139200", 2), ("+49176040690", 2)),
            *((f"+49{prefix}", 3) for prefix in (3023125, 4066969, 6990009, 8999998, 2214710)),
        ),
        "en": tuple((f"+44{prefix}", 3) for prefix in (2079460, 1614960, 1134960, 1214960)),
        "se": (
            *((f"+467017406{digit}", 1) for digit in range(1, 10)),
            *((f"+46{prefix}", 2) for prefix in (3139006, 4062804, 8465004, 9803192)),
        ),
        "nl": (("+31612345", 3), ("+31687654", 3)),
        "pl": (("+48501234", 3), ("+48601234", 3)),
    }
)
"""By language: how an E.164 number begins, and how many digits follow."""


def draw_phone(source: Random, language: str, taken: set[str]) -> str:
    """Return a number in E.164 that is not yet in `taken`, and add it."""
    while True:
        start, digits = pick(source, BLOCKS[language])
        number = f"{start}{int(source.random() * 10**digits):0{digits}}"
        if number not in taken:
            taken.add(number)
            return number
