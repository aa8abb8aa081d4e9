"""Headings in six languages, and how they are made comparable."""

import pytest

from preo_mcp.api.models.data_imports import REQUIRED_COLUMN_TYPES
from preo_mcp.api.models.data_imports import ColumnType as T
from preo_mcp.files.spreadsheets.columns import guess_columns
from preo_mcp.files.spreadsheets.columns.headings import (
    KEY_LENGTH,
    METADATA,
    heading_key,
    meanings_of,
    snake_case,
    words,
)
from preo_mcp.files.spreadsheets.columns.vocabulary import LANGUAGES, WEAK_WORDS

HEADERS: dict[str, dict[str, T]] = {
    "English": {
        "First name": T.CUSTOMER_FIRST_NAME,
        "Surname": T.CUSTOMER_LAST_NAME,
        "E-mail address": T.CUSTOMER_EMAIL,
        "Mobile no.": T.CUSTOMER_PHONE,
        "Qty": T.QUANTITY,
        "SKU": T.PRODUCT_CODE,
        "Product name": T.PRODUCT_NAME,
        "Unit Price": T.UNIT_PRICE,
        "Order no.": T.ORDER_ID,
        "Ticket number": T.ITEM_ID,
        "Comments": T.ORDER_METADATA,
        "Order date": T.IGNORE,
        "Total": T.IGNORE,
    },
    "Danish": {
        "Fornavn": T.CUSTOMER_FIRST_NAME,
        "Efternavn": T.CUSTOMER_LAST_NAME,
        "E-mailadresse": T.CUSTOMER_EMAIL,
        "Tlf.nr.": T.CUSTOMER_PHONE,
        "Antal": T.QUANTITY,
        "Varenr.": T.PRODUCT_CODE,
        "Billettype": T.PRODUCT_NAME,
        "Stykpris": T.UNIT_PRICE,
        "Ordrenr.": T.ORDER_ID,
        "Stregkode": T.ITEM_ID,
        "Bemærkninger": T.ORDER_METADATA,
        "Købsdato": T.IGNORE,
        "Beløb i alt": T.IGNORE,
    },
    "German": {
        "Vorname": T.CUSTOMER_FIRST_NAME,
        "Nachname": T.CUSTOMER_LAST_NAME,
        "E-Mail-Adresse": T.CUSTOMER_EMAIL,
        "Telefonnummer": T.CUSTOMER_PHONE,
        "Stückzahl": T.QUANTITY,
        "Artikel-Nr.": T.PRODUCT_CODE,
        "Kartenart": T.PRODUCT_NAME,
        "Einzelpreis": T.UNIT_PRICE,
        "Bestell-Nr.": T.ORDER_ID,
        "Ticketnummer": T.ITEM_ID,
        "Anmerkung": T.ORDER_METADATA,
        "Straße": T.IGNORE,
        "Gesamtbetrag": T.IGNORE,
    },
    "Swedish": {
        "Förnamn": T.CUSTOMER_FIRST_NAME,
        "Efternamn": T.CUSTOMER_LAST_NAME,
        "E-postadress": T.CUSTOMER_EMAIL,
        "Mobilnummer": T.CUSTOMER_PHONE,
        "Antal biljetter": T.QUANTITY,
        "Artikelnummer": T.PRODUCT_CODE,
        "Biljettyp": T.PRODUCT_NAME,
        "À-pris": T.UNIT_PRICE,
        "Beställningsnummer": T.ORDER_ID,
        "Streckkod": T.ITEM_ID,
        "Rabattkod": T.ORDER_METADATA,
        "Köpdatum": T.IGNORE,
        "Summa": T.IGNORE,
    },
    "Dutch": {
        "Voornaam": T.CUSTOMER_FIRST_NAME,
        "Achternaam": T.CUSTOMER_LAST_NAME,
        "E-mailadres": T.CUSTOMER_EMAIL,
        "Telefoonnummer": T.CUSTOMER_PHONE,
        "Aantal": T.QUANTITY,
        "Artikelcode": T.PRODUCT_CODE,
        "Ticketsoort": T.PRODUCT_NAME,
        "Prijs per stuk": T.UNIT_PRICE,
        "Bestelnummer": T.ORDER_ID,
        "Kaartnummer": T.ITEM_ID,
        "Opmerkingen": T.ORDER_METADATA,
        "Besteldatum": T.IGNORE,
        "Totaal": T.IGNORE,
    },
    "Polish": {
        "Imię": T.CUSTOMER_FIRST_NAME,
        "Nazwisko": T.CUSTOMER_LAST_NAME,
        "Adres e-mail": T.CUSTOMER_EMAIL,
        "Numer telefonu": T.CUSTOMER_PHONE,
        "Ilość": T.QUANTITY,
        "Kod produktu": T.PRODUCT_CODE,
        "Rodzaj biletu": T.PRODUCT_NAME,
        "Cena jednostkowa": T.UNIT_PRICE,
        "Numer zamówienia": T.ORDER_ID,
        "Kod kreskowy": T.ITEM_ID,
        "Uwagi": T.ORDER_METADATA,
        "Data zamówienia": T.IGNORE,
        "Miasto": T.IGNORE,
    },
}


@pytest.mark.parametrize("language", HEADERS)
def test_a_header_of_each_language(language: str) -> None:
    header = HEADERS[language]
    found = {guess.column: guess.column_type for guess in guess_columns(list(header), [])}
    assert found == header


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_can_say_what_preo_requires(language: str) -> None:
    assert set(REQUIRED_COLUMN_TYPES) <= LANGUAGES[language].keys()


@pytest.mark.parametrize(
    ("heading", "column_type"),
    [
        ("Køberens navn", T.CUSTOMER_FULL_NAME),
        ("Købers e-mail", T.CUSTOMER_EMAIL),
        ("kundenavn", T.CUSTOMER_FULL_NAME),
        ("Kundetelefon", T.CUSTOMER_PHONE),
        ("Kundenname", T.CUSTOMER_FULL_NAME),
        ("Rechnungs-E-Mail", T.CUSTOMER_EMAIL),
        ("Name des Käufers", T.CUSTOMER_FULL_NAME),
        ("Kundens e-post", T.CUSTOMER_EMAIL),
        ("Klantnaam", T.CUSTOMER_FULL_NAME),
        ("Naam van de klant", T.CUSTOMER_FULL_NAME),
        ("E-mail klienta", T.CUSTOMER_EMAIL),
        ("buyerFirstName", T.CUSTOMER_FIRST_NAME),
        ("billing_last_name", T.CUSTOMER_LAST_NAME),
        ("Order Email", T.CUSTOMER_EMAIL),
        ("BESTELLNUMMER", T.ORDER_ID),
        ("order_id", T.ORDER_ID),
        ("OrderID", T.ORDER_ID),
        ("Booking reference", T.ORDER_ID),
        ("ID zamówienia", T.ORDER_ID),
        ("Bokningsnummer", T.ORDER_ID),
    ],
)
def test_owners_and_compounds(heading: str, column_type: T) -> None:
    assert [meaning.column_type for meaning in meanings_of(heading)][:1] == [column_type]


@pytest.mark.parametrize(
    "heading",
    [
        "",
        "???",
        "Kundenummer",
        "Customer ID",
        "Order Name 2",
        "User name",
        "Event name",
        "Company name",
        "Organizer email",
        "E-mail verified",
        "Phone verified",
        "Order total",
        "Total price",
        "Order price",
        "Price category colour",
        "Postnummer",
        "Billing Company",
        "ФИО",
    ],
)
def test_headings_that_mean_nothing_to_preo(heading: str) -> None:
    assert meanings_of(heading) == []


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("E-Mail", "email"),
        ("e_mail", "email"),
        ("Order #", "ordernumber"),
        ("Købers Navn", "kobersnavn"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Łączna ilość", "lacznailosc"),
        ("firstName", "firstname"),
        ("SKUCode", "skucode"),
        (" Unit–Price: ", "unitprice"),
        ("数量", ""),
    ],
)
def test_folding(heading: str, key: str) -> None:
    assert heading_key(heading) == key


def test_metadata_keys_are_cut_between_words() -> None:
    key = snake_case("How did you hear about this wonderful event of ours?")
    assert key == "how_did_you_hear_about_this_wonderful"
    assert len(snake_case("x" * 100)) == KEY_LENGTH
    assert words("T-shirt Size") == ("t", "shirt", "size")


def test_the_vocabulary_is_written_folded() -> None:
    listed = [text for types in LANGUAGES.values() for text in types.values()]
    every = " ".join([*listed, *METADATA.values(), *WEAK_WORDS.values()]).split()
    assert [word for word in every if heading_key(word) != word] == []


def test_no_heading_is_both_a_type_and_metadata() -> None:
    types = {word for meanings in LANGUAGES.values() for text in meanings.values() for word in text.split()}
    assert types.isdisjoint(" ".join(METADATA.values()).split())
