"""What a column says of a person or a firm, told by its name: the part that it plays when two records are compared."""

import re

from winnow.studies.spelling import folded

ROLES = (
    "first", "last", "person", "firm", "email", "phone", "domain", "born", "line", "number", "postcode", "city",
    "region", "country", "title", "gender", "key",
)  # fmt: skip
"""`person` is a whole name in one column; `line` a street or another line of an address, `number` the house's;
`key` a number that an authority gave: of taxes, of a register. Lines may be several, the others one each."""

_FIELDS = {
    "people": {
        "first_name": "first", "last_name": "last", "full_name": "person", "email": "email", "phone": "phone",
        "company": "firm", "domain": "domain", "title": "title", "country": "country",
    },
    "accounts": {"name": "firm", "domain": "domain", "country": "country", "email": "email", "phone": "phone"},
}  # fmt: skip

# The first that fits decides.
_NAMES = (
    ("first", "first names?|given names?|forenames?|vornamen?|prenoms?|fname|first|given|nombre de pila"),
    ("last", "last names?|surnames?|family names?|nachnamen?|familiennamen?|lname|apellidos?|nom de famille|sur name"),
    ("email", "e ?mails?( address(es)?)?|mail( address)?|mailadresse|courriel|correo( electronico)?"),
    ("phone", "(tele)?phones?( (number|no))?|mobile( (number|no))?|cell|tel|telefon(nummer)?|handy|fax|movil"),
    ("born", "dob|date of birth|birth ?date|birth ?day|born( on)?|geburtsdatum|geburtstag|geb|geboren( am)?|"
     "date de naissance|fecha de nacimiento|dateofbirth"),
    ("postcode", "post ?codes?|zip( ?codes?)?|postal ?codes?|plz|postleitzahl|code postal|codigo postal|cp|eircode"),
    ("number", "street (number|no)|house (number|no)|hausnummer|hausnr|building number|street num|house num"),
    ("line", "address|adresse|direccion|addr|street|street name|street address|strasse|rue|calle|"
     "(address|addr|adresse|street|strasse) ?(line )?[1-3]|(postal|home|mailing|full|office) address"),
    ("city", "city|town|suburb|locality|place|ort|stadt|wohnort|ville|ciudad|municipality|city name|"
     "birth ?place|geburtsort|headquarters( location)?|location"),
    ("region", "state|region|province|county|bundesland|kanton|canton|departement|provincia|state code"),
    ("country", "country( (name|code))?|land|pays|pais|nation|ctry( code)?"),
    ("domain", "domain|web ?site|homepage|url|web|webseite"),
    ("title", "(job )?title|position|occupation|profession|beruf|role|job"),
    ("gender", "gender|sex|geschlecht|sexe|sexo|salutation|anrede"),
    ("key", "vat( (id|number|no|code))?|tax ?(id|number|no|payer id)|ust ?id( ?nr)?|steuernummer|duns( number)?|lei|"
     "(company )?(registration|register|registry) (number|no)|company (number|no)|siren|siret|nif|cif|abn|ein|iban|"
     "soc(ial)? sec(urity)? (id|number|no)|ssn|passport( (number|no))?|nino|handelsregisternummer|hrb"),
    ("firm", "company|company name|organi[sz]ation|organi[sz]ation name|employer|firm|firma|firmenname|unternehmen|"
     "entreprise|societe|empresa|raison sociale|account|account name|business( name)?|legal name|applicant( name)?|"
     "assignee( name)?|vendor( name)?|supplier( name)?|customer name"),
    ("person", "full ?name|name|contact( (name|person))?|person( name)?|ansprechpartner|vollstaendiger name|"
     "nom complet|nombre completo|nom|nombre"),
)  # fmt: skip
_PATTERNS = tuple((role, re.compile(names)) for role, names in _NAMES)


def role_of(column: str, kind: str) -> str:
    """The role that a column's name tells, or an empty text. `kind` is people or accounts."""
    name = folded(re.sub(r"([a-z])([A-Z])", r"\1 \2", column))
    for role, pattern in _PATTERNS:
        if pattern.fullmatch(name):
            return _fitting(role, kind)
    return "firm" if kind == "accounts" and "name" in name.split() else ""


def _fitting(role: str, kind: str) -> str:
    if kind == "people":
        return role
    return {"person": "firm", "first": "", "last": "", "born": "", "title": "", "gender": ""}.get(role, role)


def roles_of(columns: list[str], kind: str, fields: dict[str, str] | None = None) -> dict[str, str]:
    """Column -> role for the columns that are compared. `fields` are those that a mapping or the importer named."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        role = _FIELDS[kind].get((fields or {}).get(column, ""), "")
        if role and role not in taken:
            found[column] = role
            taken.add(role)
    for column in columns:
        role = role_of(column, kind)
        if column in found or not role or (role in taken and role != "line"):
            continue
        found[column] = role
        taken.add(role)
    if {"first", "last"} & taken and "person" in taken:
        found = {column: role for column, role in found.items() if role != "person"}
    return found
