"""Words for columns in seven languages, written as `folding.heading_key` makes them."""

from typing import Final

from preo_mcp.api.models.data_imports import ColumnType

LANGUAGES: Final[dict[str, dict[ColumnType, str]]] = {
    "English": {
        ColumnType.CUSTOMER_EMAIL: ("email emailaddress emailaddr emailid mail mailaddress"),
        ColumnType.CUSTOMER_PHONE: (
            "phone phonenumber phoneno phonenr telephone telephonenumber telephoneno tel mobile mobilephone"
            " mobilenumber mobileno mobilephonenumber cell cellphone cellphonenumber cellnumber contactnumber"
            " phoneday phonecell"
        ),
        ColumnType.CUSTOMER_FIRST_NAME: ("firstname fname givenname givennames forename forenames namefirst"),
        ColumnType.CUSTOMER_LAST_NAME: "lastname lname surname familyname namelast",
        ColumnType.CUSTOMER_FULL_NAME: ("fullname name customer buyer purchaser nameofbuyer firstandlastname"),
        ColumnType.PRODUCT_CODE: (
            "sku productsku itemsku lineitemsku variantsku productcode itemcode articlenumber articleno"
            " articlecode productnumber productno productid productref productreference tickettypeid"
            " tickettypecode ticketcode pricecode"
        ),
        ColumnType.PRODUCT_NAME: (
            "productname product producttitle itemname item itemtitle itemdescription lineitemname lineitem"
            " tickettype ticketname tickettypename ticketclass tickettier ticketcategory ticket pricelevel"
            " pricetype productdescription"
        ),
        ColumnType.QUANTITY: (
            "quantity qty quantityordered itemquantity itemqty lineitemquantity orderquantity productquantity"
            " ticketquantity ticketqty ticketcount numberoftickets nooftickets numberofitems numtickets tickets"
            " numseats units pcs pieces quantitysold"
        ),
        ColumnType.UNIT_PRICE: (
            "unitprice priceperunit priceeach itemprice itemcost unitcost lineitemprice productprice ticketprice"
            " priceperticket facevalue price"
        ),
        ColumnType.ORDER_ID: ("ordernum ordername booking confirmationnumber transactionid transactionnumber"),
        ColumnType.ITEM_ID: (
            "itemid itemnumber lineitemid lineid lineitemnumber ticketid ticketnumber ticketno ticketnum barcode"
            " ticketbarcode attendeeid attendeenumber attendeeno positionid qrcode registrationid orderitemid"
        ),
    },
    "Danish": {
        ColumnType.CUSTOMER_EMAIL: "mailadresse emailadresse epostadresse epost",
        ColumnType.CUSTOMER_PHONE: (
            "telefon telefonnummer telefonnr tlf tlfnr tlfnummer mobil mobilnummer mobilnr mobiltelefon mobiltlf"
        ),
        ColumnType.CUSTOMER_FIRST_NAME: "fornavn fornavne",
        ColumnType.CUSTOMER_LAST_NAME: "efternavn efternavne",
        ColumnType.CUSTOMER_FULL_NAME: (
            "fuldenavn fuldtnavn heltnavn navn kunde kober fornavnogefternavn forogefternavn koeber"
        ),
        ColumnType.PRODUCT_CODE: (
            "varenummer varenr varekode produktkode produktnummer produktnr produktid artikelnummer artikelnr"
            " billettypekode billettypeid"
        ),
        ColumnType.PRODUCT_NAME: (
            "produktnavn varenavn vare produkt billettype billetnavn billetkategori billet varebeskrivelse artikel"
        ),
        ColumnType.QUANTITY: ("antal stk antalstk antalbilletter billetantal maengde styk"),
        ColumnType.UNIT_PRICE: ("enhedspris stykpris stkpris prisprstk billetpris prisprbillet pris varepris"),
        ColumnType.ORDER_ID: "bestilling",
        ColumnType.ITEM_ID: (
            "billetnummer billetnr billetid stregkode deltagernummer varelinjeid ordrelinje ordrelinjeid"
        ),
    },
    "German": {
        ColumnType.CUSTOMER_EMAIL: "emailadresse mailadresse elektronischepost",
        ColumnType.CUSTOMER_PHONE: (
            "telefon telefonnummer telefonnr rufnummer handy handynummer handynr mobil mobilnummer"
            " mobilfunknummer mobiltelefon mobilnr"
        ),
        ColumnType.CUSTOMER_FIRST_NAME: "vorname vornamen rufname",
        ColumnType.CUSTOMER_LAST_NAME: "nachname familienname zuname",
        ColumnType.CUSTOMER_FULL_NAME: (
            "vollstandigername vorundnachname vornameundnachname vornamenachname kunde kaufer"
        ),
        ColumnType.PRODUCT_CODE: (
            "artikelnummer artikelnr artnr produktnummer produktnr produktcode artikelcode produktid bestellcode"
        ),
        ColumnType.PRODUCT_NAME: (
            "produktname produkt produktbezeichnung artikelname artikelbezeichnung artikel bezeichnung ticketart"
            " tickettyp ticketkategorie ticketname kartenart kartenkategorie preiskategorie ticketbezeichnung"
        ),
        ColumnType.QUANTITY: (
            "menge anzahl stuck stuckzahl anzahltickets anzahlkarten ticketanzahl kartenanzahl anzahldertickets stk"
        ),
        ColumnType.UNIT_PRICE: ("einzelpreis stuckpreis preisprostuck ticketpreis kartenpreis artikelpreis preis"),
        ColumnType.ORDER_ID: ("bestellung auftrag vorgangsnummer buchungsnummer buchungscode"),
        ColumnType.ITEM_ID: (
            "ticketnummer ticketnr kartennummer strichcode positionsid teilnehmernummer bestellpositionid"
        ),
    },
    "Swedish": {
        ColumnType.CUSTOMER_EMAIL: ("epost epostadress mejl mejladress mailadress emailadress"),
        ColumnType.CUSTOMER_PHONE: ("telefon telefonnummer mobil mobilnummer mobiltelefon telefonnr mobilnr tfn"),
        ColumnType.CUSTOMER_FIRST_NAME: "fornamn tilltalsnamn",
        ColumnType.CUSTOMER_LAST_NAME: "efternamn",
        ColumnType.CUSTOMER_FULL_NAME: (
            "helanamnet fullstandigtnamn namn kund kopare forochefternamn fornamnochefternamn"
        ),
        ColumnType.PRODUCT_CODE: ("artikelnummer artikelnr produktkod artikelkod produktnummer varunummer produktid"),
        ColumnType.PRODUCT_NAME: (
            "produktnamn produkt artikelnamn artikel biljettyp biljettnamn biljettkategori biljett vara varunamn"
            " benamning"
        ),
        ColumnType.QUANTITY: "antal kvantitet antalbiljetter antalst st mangd",
        ColumnType.UNIT_PRICE: ("styckpris apris enhetspris biljettpris prisperstyck prisperbiljett pris"),
        ColumnType.ORDER_ID: "bestallning bokning",
        ColumnType.ITEM_ID: ("biljettnummer biljettnr biljettid streckkod orderrad orderradid deltagarnummer"),
    },
    "Norwegian": {
        ColumnType.CUSTOMER_EMAIL: "epost epostadresse",
        ColumnType.CUSTOMER_PHONE: "mobil mobilnummer telefon telefonnummer tlf",
        ColumnType.CUSTOMER_FIRST_NAME: "fornavn",
        ColumnType.CUSTOMER_LAST_NAME: "etternavn",
        ColumnType.CUSTOMER_FULL_NAME: "fulltnavn navn kunde kjoper",
        ColumnType.PRODUCT_CODE: "varenummer varenr produktkode",
        ColumnType.PRODUCT_NAME: "billettkategori billettype billettnavn billett produktnavn varenavn vare",
        ColumnType.QUANTITY: "antall antallbilletter stk",
        ColumnType.UNIT_PRICE: "stykkpris enhetspris billettpris pris",
        ColumnType.ORDER_ID: "bestilling",
        ColumnType.ITEM_ID: "billettnummer billettnr strekkode",
    },
    "Dutch": {
        ColumnType.CUSTOMER_EMAIL: "emailadres mailadres epostadres",
        ColumnType.CUSTOMER_PHONE: (
            "telefoon telefoonnummer telefoonnr mobiel mobielnummer mobielenummer mobieletelefoon gsm gsmnummer telnr"
        ),
        ColumnType.CUSTOMER_FIRST_NAME: "voornaam voornamen roepnaam",
        ColumnType.CUSTOMER_LAST_NAME: "achternaam familienaam",
        ColumnType.CUSTOMER_FULL_NAME: ("volledigenaam naam voorenachternaam voornaamenachternaam klant koper"),
        ColumnType.PRODUCT_CODE: ("artikelnummer artikelcode productnummer artikelnr productcode productid"),
        ColumnType.PRODUCT_NAME: (
            "productnaam product artikelnaam artikel artikelomschrijving omschrijving productomschrijving"
            " ticketsoort kaartsoort kaarttype ticketnaam kaartje"
        ),
        ColumnType.QUANTITY: ("aantal hoeveelheid aantaltickets aantalkaarten aantalkaartjes stuks"),
        ColumnType.UNIT_PRICE: ("stuksprijs eenheidsprijs prijsperstuk ticketprijs kaartprijs prijsperticket prijs"),
        ColumnType.ORDER_ID: ("bestelling reservering boeking reserveringsnummer boekingsnummer"),
        ColumnType.ITEM_ID: ("ticketnummer kaartnummer streepjescode orderregel orderregelid deelnemernummer"),
    },
    "Polish": {
        ColumnType.CUSTOMER_EMAIL: ("adresemail adresmailowy adrespocztyelektronicznej adresmail poczta"),
        ColumnType.CUSTOMER_PHONE: (
            "telefon numertelefonu nrtelefonu nrtel telefonkomorkowy komorka telefonkontaktowy numerkomorki"
        ),
        ColumnType.CUSTOMER_FIRST_NAME: "imie imiona",
        ColumnType.CUSTOMER_LAST_NAME: "nazwisko",
        ColumnType.CUSTOMER_FULL_NAME: (
            "imieinazwisko nazwiskoiimie imienazwisko nazwiskoimie klient kupujacy nabywca"
        ),
        ColumnType.PRODUCT_CODE: (
            "kodproduktu numerproduktu kodtowaru symbol symbolproduktu symboltowaru indeks idproduktu kodbiletu"
            " nrproduktu"
        ),
        ColumnType.PRODUCT_NAME: (
            "nazwaproduktu produkt nazwatowaru towar rodzajbiletu typbiletu bilet nazwabiletu kategoriabiletu pozycja"
        ),
        ColumnType.QUANTITY: ("ilosc liczba liczbabiletow iloscbiletow sztuk sztuki liczbasztuk iloscsztuk"),
        ColumnType.UNIT_PRICE: ("cenajednostkowa cenazasztuke cenabiletu cena cenaproduktu cenajedn"),
        ColumnType.ORDER_ID: "zamowienie rezerwacja",
        ColumnType.ITEM_ID: ("numerbiletu nrbiletu idbiletu kodkreskowy idpozycji"),
    },
}

ORDER_WORDS: Final = {
    "English": "order booking purchase",
    "Danish": "ordre bestilling bestillings",
    "German": "bestell auftrags bestellung",
    "Swedish": "order bestallning bestallnings boknings",
    "Norwegian": "ordre bestilling bestillings",
    "Dutch": "bestel bestelling order",
    "Polish": "zamowienia zamowienie rezerwacji",
}
NUMBER_WORDS: Final = "id number no nr num nummer code kode kod reference ref referens referenz referentie numer"
"""An order's number is a word of `ORDER_WORDS` beside one of these, in either order."""

STRONG: Final = 0.92
"""How surely a word of `LANGUAGES` says what it says, if it is not among the weak ones."""
WEAK_WORDS: Final[dict[float, str]] = {
    0.85: "price pris preis prijs cena mail product produkt",
    0.8: "liczba confirmationnumber tickettypeid",
    0.75: ("name productid produktid idproduktu order ordre bestilling bestellung bestallning zamowienie"),
    0.7: (
        "item ticket billet biljett bilet lineitem bezeichnung pricelevel pricetype tickets units pricecode"
        " contactnumber poczta"
    ),
    0.6: (
        "customer buyer purchaser kunde kober koeber kjoper kaufer kund kopare klant koper klient kupujacy nabywca"
        " omschrijving st booking transactionid transactionnumber itemnumber symbol indeks"
    ),
    0.5: "pozycja ticketcode",
}
"""Words that say less, by how surely they say it."""
BARE_NAMES: Final = frozenset({"name", "navn", "namn", "naam"})
"""Headings that mean the last name when they stand beside a first name (usual in German and Dutch files)."""
