"""Headings that are worth keeping as metadata, and beginnings of words that mean nothing to Preo."""

from typing import Final

from preo_mcp.models.data_imports import ColumnType

METADATA: Final[dict[tuple[ColumnType, str], str]] = {
    (ColumnType.ORDER_METADATA, "discount_code"): (
        "discountcode discountcodes coupon coupons couponcode couponcodes couponsused promocode promotioncode"
        " promo vouchercode voucher rabatkode rabatkoder kupon kuponkode rabattcode gutschein gutscheincode"
        " aktionscode rabattkod kampanjkod kupongkod kortingscode actiecode kortingsbon kodrabatowy kuponrabatowy"
        " kodpromocyjny"
    ),
    (ColumnType.ORDER_METADATA, "note"): (
        "note notes ordernote ordernotes ordercomment customernote customernotes customercomment comment comments"
        " remark remarks bemaerkning bemaerkninger kommentar kommentarer besked ordrenote anmerkung anmerkungen"
        " bemerkung bemerkungen kundenhinweis notiz notizen meddelande anteckning anteckningar notering opmerking"
        " opmerkingen notitie notities uwagi uwagidozamowienia komentarz notatka"
    ),
    (ColumnType.PURCHASE_METADATA, "seat"): (
        "seat seatnumber seatname seats seatno saede saedenummer pladsnummer sitzplatz sitzplatznummer sitz"
        " stolsnummer stoel stoelnummer zitplaats miejsce numermiejsca"
    ),
    (ColumnType.PURCHASE_METADATA, "row"): ("row rowname seatrow raekke reihe sitzreihe rad rij rzad"),
    (ColumnType.PURCHASE_METADATA, "section"): ("section sectionname seatsection seatzone sektion afsnit sektor"),
    (ColumnType.PURCHASE_METADATA, "table"): ("table tablenumber bord bordnummer tisch tischnummer tafel stolik"),
    (ColumnType.PURCHASE_METADATA, "variation"): (
        "variation variant productvariation productvariant lineitemvariant variationname variantname variante wariant"
    ),
    (ColumnType.PURCHASE_METADATA, "allergies"): (
        "allergies allergy allergier allergi allergien allergieen alergie dietaryrequirements dietaryrestrictions"
    ),
}
"""Type and metadata key with the headings that stand for them."""
METADATA_CONFIDENCE: Final = 0.7

_OTHER = """
total subtotal sum amount belob betrag belopp bedrag kwota tax vat moms mwst steuer btw podatek fee gebyr gebuhr
avgift date datum dato time tid zeit created updated paid status state currency valuta wahrung waluta address
adresse adress adres street vej gade strasse ulica city town ort stad miasto zip postal postcode postnummer postnr
plz country land company firma bedrijf foretag cvr event arrangement venue ip url age alder alter wiek birth method
metode tag vendor source channel card payment refund discount rabat korting year month day week gender sex organizer
organiser arrangor seller agent staff affiliate referrer
"""
OTHER_STEMS: Final = tuple(_OTHER.split())
"""Beginnings of words that say that a column holds something else, so that its values prove nothing."""
