"""What seller and buyer are called on documents, and what stands there when nobody has told."""

from dataclasses import dataclass

from erp.einvoices.rules.composing import Bank
from erp.einvoices.rules.document import Address, Identifier, Party
from servicekit.errors import InvalidInput, Stale


class DetailsHaveChanged(Stale):
    """Details are written over the version that one has read."""

    code = "details-have-changed"
    title = "Somebody changed these details since you read them"
    hint = 'Read them again and send If-Match with their ETag; "0" where there are none yet.'


class NumberIsWrong(InvalidInput):
    """A bank account or VAT number has check digits, which are wrong."""

    code = "number-is-wrong"
    title = "Bank accounts and VAT numbers pass their checksums"
    hint = "Compare it with the letter it comes from; VAT numbers begin with their country."


@dataclass(frozen=True, slots=True)
class PartyDetails:
    """What is told of a seller or a buyer; None: nothing, and documents do without."""

    name: str | None = None
    trading_name: str | None = None
    street: str | None = None
    additional: str | None = None
    city: str | None = None
    postcode: str | None = None
    subdivision: str | None = None
    country: str | None = None
    registration: str | None = None
    registration_scheme: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    electronic_address: str | None = None
    electronic_scheme: str | None = None
    contact_name: str | None = None
    telephone: str | None = None
    email: str | None = None

    def party(self, name: str, country: str | None, vat_number: str | None = None) -> Party:
        """The party on a document.

        `name`, `country` and `vat_number` stand where nothing else is told.
        """
        return Party(
            name=self.name or name,
            trading_name=self.trading_name,
            address=Address(
                country=self.country or country,
                street=self.street,
                additional=self.additional,
                city=self.city,
                postcode=self.postcode,
                subdivision=self.subdivision,
            ),
            registration=_identifier(self.registration, self.registration_scheme),
            vat_id=self.vat_id or vat_number,
            tax_number=self.tax_number,
            electronic=_identifier(self.electronic_address, self.electronic_scheme),
            contact_name=self.contact_name,
            telephone=self.telephone,
            email=self.email,
        )


@dataclass(frozen=True, slots=True)
class SellerDetails(PartyDetails):
    """A company as a seller."""

    iban: str | None = None
    bic: str | None = None
    account_name: str | None = None
    language: str | None = None

    @property
    def bank(self) -> Bank | None:
        """Where it is paid, if it has told."""
        return Bank(self.iban, self.bic, self.account_name) if self.iban else None


@dataclass(frozen=True, slots=True)
class BuyerDetails(PartyDetails):
    """A customer as a buyer. `buyer_reference` (BT-10) routes the document in its house."""

    language: str | None = None
    buyer_reference: str | None = None


def _identifier(value: str | None, scheme: str | None) -> Identifier | None:
    return Identifier(value, scheme) if value else None
