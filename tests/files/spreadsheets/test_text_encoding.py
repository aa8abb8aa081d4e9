"""Encodings are told apart by single words, none of which the detection knows by heart."""

from pathlib import Path

import pytest

from preo_mcp.files.spreadsheets import Overrides, UnreadableTable, open_table, rows, sample
from preo_mcp.files.spreadsheets.encoding import detect_encoding, known_encoding

DANISH = (
    "Møller Højgaard Lærke Brøndby Rønne Gråsten Læsø Skødstrup Grønbæk Hørsholm Ørum Tårup Råbjerg Æblehaven Bæver"
)
GERMAN = "Jäger Würzburg Ärzte Öztürk Strauß Möhring Bär Hübner Preußen Fußball Ölmühle Löwe Nußbaum Dörte Käthe Süß"
SWEDISH = "Sjöström Hässleholm Mårten Bäckström Örjan Åmål Gävle Håkansson Nyström"
POLISH = "Wałęsa Żaneta Jabłoński Dąbrowski Świątek Kamiński Miłosz Zięba Szczęsny"
ONE_BYTE = ("cp1252", "cp850", "mac_roman")


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("word", words(DANISH) + words(GERMAN) + words(SWEDISH))
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", *ONE_BYTE])
def test_one_word_is_enough(tmp_path: Path, codec: str, word: str) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(f"Order,Name\n1,Anna\n2,{word}\n".encode(codec))
    assert sample(open_table(path, "short.csv"))[1] == ["2", word]


@pytest.mark.parametrize("word", words(POLISH))
def test_polish_windows_files_are_known_by_one_word(tmp_path: Path, word: str) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(f"Order,Name\n1,Anna\n2,{word}\n".encode("cp1250"))
    assert sample(open_table(path, "short.csv"))[1] == ["2", word]


@pytest.mark.parametrize(("codec", "text"), [("cp1252", "Mary O’Brien"), ("cp1252", "12 €"), ("mac_roman", "€12")])
def test_punctuation_alone_is_enough(tmp_path: Path, codec: str, text: str) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(f"Order,Name\n1,{text}\n".encode(codec))
    assert sample(open_table(path, "short.csv")) == [["1", text]]


def test_the_only_foreign_word_may_stand_at_the_end_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"Order,Name\n" + b"1,Anna\n" * 200_000 + "2,Grønbæk\n".encode("cp850"))
    table = open_table(path, "large.csv")
    assert table.format.encoding == "cp850"
    assert list(rows(table))[-1] == (200_002, ["2", "Grønbæk"])


def test_a_guess_says_that_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes("Order,Name\n1,Grønbæk\n".encode("cp1252"))
    assert detect_encoding(path).notes == ("The encoding was guessed from the letters: cp1252.",)
    path.write_bytes("Order,Name\n1,Grønbæk\n".encode())
    assert detect_encoding(path).notes == ()


def test_the_caller_knows_better(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes("Order,Name\n1,Grønbæk\n".encode("cp850"))
    table = open_table(path, "short.csv", overrides=Overrides(encoding="Windows-1252"))
    assert sample(table) == [["1", "Grønbæk".encode("cp850").decode("cp1252")]]
    assert table.format.encoding == "cp1252"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("latin-1", "iso8859-1"),
        ("macintosh", "mac_roman"),
        ("IBM850", "cp850"),
    ],
)
def test_usual_names_of_encodings_are_understood(name: str, codec: str) -> None:
    assert known_encoding(name) == codec


@pytest.mark.parametrize("name", ["klingon", "utf-7", "shift_jis", "rot13", ""])
def test_an_encoding_that_cannot_be_streamed_is_refused(name: str) -> None:
    with pytest.raises(UnreadableTable, match="choose one of utf-8, utf-16-le"):
        known_encoding(name)
