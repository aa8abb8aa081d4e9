"""First and last names by language, the more common ones first."""

from dataclasses import dataclass
from types import MappingProxyType


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
