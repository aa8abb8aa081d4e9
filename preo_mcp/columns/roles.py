"""Words that say whose an address, a phone number or a name is, in six languages."""

from typing import Final

_BUYER = """
customer customers buyer buyers purchaser billing bill billed invoice contact client payer kunde kundens kunden
kober kobers koberens koeber koebers bestiller bestillers betaler faktura fakturerings kaufer kaufers besteller
bestellers rechnung rechnungs zahler kund kopare koparens bestallare bestallarens betalare klant koper factuur
klient klienta kupujacy kupujacego nabywca nabywcy zamawiajacy zamawiajacego platnik platnika
"""
_ATTENDEE = """
attendee attendees participant holder ticketholder guest visitor deltager deltagers deltagerens gaest gaestens
teilnehmer teilnehmers gast deltagare deltagarens deelnemer bezoeker uczestnik uczestnika gosc goscia
"""
_SHIPPING = """
shipping ship delivery recipient receiver levering leverings modtager modtagers lieferung liefer versand empfanger
empfangers leverans mottagare mottagarens verzending ontvanger dostawa dostawy odbiorca odbiorcy wysylka
"""
_CONTACT = """
order ordre user account member your din dit ihre uw bruger konto
"""
_FILLER = """
of the pa van des der til for av na do de address s
"""

BUYER_WORDS: Final = frozenset(_BUYER.split())
ATTENDEE_WORDS: Final = frozenset(_ATTENDEE.split())
SHIPPING_WORDS: Final = frozenset(_SHIPPING.split())
ORDER_CONTACT_WORDS: Final = frozenset(_CONTACT.split())
"""Beside an e-mail or phone they mean the buyer's; beside a name they mean something else (`Order Name`)."""
FILLER_WORDS: Final = frozenset(_FILLER.split())
"""Words without a meaning of their own here."""
