"""The fields that rows are mapped to, kind by kind, and the names that columns give them."""

import re
import unicodedata

PERSONAL = (
    "email", "first_name", "last_name", "full_name", "title", "seniority", "department", "company", "domain", "phone",
    "country", "industry", "employees", "consent", "consent_wording", "owner",
)
FIELDS = {
    "inquiries": (
        "external_id", "captured_at", "source", "channel", "campaign", "form", "interest", *PERSONAL, "message",
        "transcript", "contact_me", "product", "stage", "disposition",
    ),
    "people": ("external_id", *PERSONAL, "captured_at"),
    "accounts": (
        "external_id", "name", "domain", "industry", "employees", "country", "parent", "key_account", "customer",
        "owner",
    ),
    "products": ("external_id", "name", "line", "price"),
    "activities": ("external_id", "person", "kind", "content", "campaign", "happened_at", "minutes"),
    "opportunities": (
        "external_id", "inquiry", "account", "domain", "owner", "developer", "product", "stage", "engaged_on",
        "closed_on", "won", "amount", "currency", "lost_reason",
    ),
    "costs": ("external_id", "campaign", "on", "amount", "currency", "what"),
}
ANSWERS = "answers."
MOMENTS = frozenset(("captured_at", "happened_at"))
DAYS = frozenset(("on", "engaged_on", "closed_on"))
AMOUNTS = frozenset(("amount", "price"))
COUNTS = frozenset(("employees", "minutes"))
YES_OR_NO = frozenset(("key_account", "customer", "won", "consent", "contact_me"))

# Names in English, German, French and Spanish, without accents; "=" in front: only as the whole name.
_NAMES = {
    "external_id": "lead id, lead number, lead no, prospect id, record id, rec id, unique id, "
    "contact id, customer id, "
    "mql id, opportunity id, deal id, account id, person id, user id, datensatz id, kundennummer, =id, "
    "=uuid, =guid, =kennung, =schluessel, =nr, =no, =key, =identifiant, =identificador, =clave, =external "
    "id, =symbol",
    "captured_at": "created, created at, created date, create date, creation date, captured at, capture date, first "
    "contact date, submitted, submitted at, submission date, timestamp, inquiry date, enquiry date, lead "
    "date, received at, registered at, registration date, signup date, erstellt am, erfasst am, "
    "eingangsdatum, anfragedatum, date de creation, cree le, fecha de creacion, creado el, =date, "
    "=erstellt, =eingang, =datum, =fecha, =creado, =received, =date creation, zeitstempel, horodateur, marca temporal",
    "source": "source, lead source, lead origin, utm source, quelle, herkunft, leadquelle, provenance, fuente, "
    "procedencia, how did you hear, =origin, =origine, =origen",
    "channel": "channel, utm medium, marketing channel, kanal, canal, =medium",
    "campaign": "campaign, campaign name, utm campaign, kampagne, campagne, campana",
    "form": "form, form name, landing page, landing page id, formular, formulaire, formulario",
    "interest": "=interest, =interest type",
    "email": "email, e mail, email address, mail address, emailid, email id, mailadresse, emailadresse, courriel, "
    "correo electronico, =mail, =correo",
    "first_name": "first name, firstname, given name, givenname, forename, vorname, prenom, =nombre, =first, =given, "
    "=fname",
    "last_name": "last name, lastname, surname, family name, familyname, nachname, familienname, nom de famille, "
    "apellido, apellidos, =last, =nom, =lname",
    "full_name": "full name, fullname, contact name, contact person, lead name, person name, ansprechpartner, "
    "vollstaendiger name, nom complet, nombre completo, your name, ihr name, dein name, votre nom, =name, "
    "=contact, =contacto",
    "title": "title, job title, jobtitle, position, job function, berufsbezeichnung, intitule de poste, =role, "
    "=funktion, =titel, =stelle, =poste, =fonction, =cargo, =puesto",
    "seniority": "=seniority, =seniority level, =hierarchie",
    "department": "department, abteilung, departement, departamento",
    "company": "company, company name, organisation, organization, account name, employer, firma, firmenname, "
    "unternehmen, entreprise, raison sociale, empresa, compania, razon social, =account, =societe, =firm, "
    "=betrieb",
    "domain": "domain, website, web site, homepage, webseite, internetseite, site web, site internet, dominio, "
    "pagina web, =url, =web",
    "phone": "phone, phone number, telephone, mobile, mobile number, telefon, telefonnummer, handy, mobil, "
    "rufnummer, telefono, movil, contact number, celular, numero de telephone, =tel, =cell, =portable",
    "country": "country, country name, office location, =land, =pays, =pais, =nation",
    "industry": "industry, branche, industrie, secteur, industria, business segment, gics sector, "
    "=sector, =vertical, "
    "=actividad",
    "employees": "employees, number of employees, employee count, company size, headcount, mitarbeiter, "
    "mitarbeiterzahl, unternehmensgroesse, effectif, effectifs, nombre de salaries, empleados, numero de "
    "empleados, =staff, =plantilla",
    "message": "message, comment, comments, remarks, nachricht, bemerkung, bemerkungen, kommentar, anmerkung, notiz, "
    "commentaire, remarques, mensaje, comentario, comentarios, observaciones, =note, =notes, =description",
    "consent": "opt in, optin, gdpr consent, marketing consent, einwilligung, zustimmung, consentement, "
    "consentimiento, =consent, =newsletter",
    "owner": "owner, lead owner, sales agent, sales rep, salesperson, sales person, assigned to, account manager, "
    "sr id, besitzer, betreuer, verkaeufer, vertriebler, proprietaire, responsable, vendedor, "
    "propietario, =agent, =rep, =zustaendig, =commercial, =comercial",
    "product": "product, product id, product name, produkt, artikel, produit, producto, interested in",
    "stage": "deal stage, lead stage, pipeline stage, lead status, stufe, etape, etapa, =stage, =status, =phase, "
    "=statut, =estado, =fase",
    "disposition": "disposition, outcome, =result, =ergebnis, =resultat, =resultado",
    "name": "account name, company name, product name, company, firmenname, unternehmen, entreprise, raison "
    "sociale, empresa, razon social, =name, =account, =firma, =product, =produkt, =produit, =producto, "
    "=nom, =nombre, =organisation, =organization, =security, =societe",
    "line": "product line, product family, produktlinie, linea de producto, =line, =series, =family, =category, "
    "=serie, =gamme, =linea, =familia",
    "price": "price, sales price, list price, unit price, preis, listenpreis, prix, precio",
    "parent": "parent, parent company, subsidiary of, parent account, muttergesellschaft, societe mere, matriz, "
    "=konzern",
    "key_account": "key account, strategic account, named account, schluesselkunde, grosskunde, grand compte, cuenta "
    "clave",
    "customer": "is customer, existing customer, bestandskunde, =customer, =kunde, =client, =cliente",
    "person": "contact email, person id, contact id, lead id, email id, email, =person, =contact, =ansprechpartner, "
    "=personne, =persona",
    "kind": "activity type, event type, =kind, =type, =event, =activity, =action, =typ, =art, =aktivitaet, =tipo, "
    "=evenement",
    "content": "content, asset, document, content name, dokument, contenu, contenido, =page, =url, =inhalt",
    "happened_at": "happened at, activity date, event date, event time, occurred at, timestamp, "
    "zeitpunkt, =date, =time, "
    "=datum, =zeit, =heure, =fecha, =hora",
    "minutes": "minutes, duration, dauer, duree, duracion",
    "inquiry": "inquiry, inquiry id, enquiry, lead id, mql id, anfrage, demande, consulta",
    "account": "account, account name, company, company name, customer, firma, unternehmen, entreprise, cuenta, "
    "empresa, =client, =cliente, =kunde, =compte, =organisation, =organization",
    "developer": "developer, sdr, sdr id, sales development, qualified by",
    "engaged_on": "engage date, engaged on, start date, open date, created date, eroeffnet am, "
    "date de debut, fecha de "
    "inicio, =created, =opened, =angelegt",
    "closed_on": "close date, closed on, closed date, won date, closing date, abschlussdatum, date de cloture, fecha "
    "de cierre, =closed, =abschluss, =geschlossen",
    "won": "is won, =won, =converted, =gewonnen, =gagne, =ganado",
    "amount": "amount, close value, deal value, total amount, betrag, umsatz, montant, importe, =value, =price, "
    "=cost, =costs, =revenue, =wert, =summe, =kosten, =valeur, =cout, =valor, =monto, =coste",
    "currency": "currency, currency code, waehrung, devise, moneda",
    "lost_reason": "lost reason, loss reason, reason lost, verlustgrund, raison de perte, motivo de perdida",
    "on": "=on, =date, =day, =month, =datum, =tag, =jour, =mes, =fecha",
    "what": "=what, =description, =purpose, =item, =zweck, =posten, =verwendung, =objet, =concepto",
}


def plain(name: str) -> str:
    """`E-Mail_Adresse` -> `e mail adresse`: lower case, without accents, words apart."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    name = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", name))


def is_field(kind: str, name: str) -> bool:
    """Whether rows of this kind have such a field; `answers.NAME` is one of inquiries."""
    if kind == "inquiries" and name.startswith(ANSWERS):
        return len(name) > len(ANSWERS)
    return name in FIELDS[kind]


def likeness(field: str, column: str) -> int:
    """How well a column's plain name fits a field: about 100 for one of its names, less for a name among words.

    Of two columns that have one each, the earlier in the list of names is the better.
    """
    best = 0
    for rank, (phrase, whole) in enumerate(_KNOWN.get(field, ())):
        if phrase == column:
            return 100 - min(rank, 9)
        if not whole and f" {phrase} " in f" {column} ":
            best = max(best, 40 + len(phrase))
    return min(best, 90)


_KNOWN = {
    field: [(phrase.strip().removeprefix("="), phrase.strip().startswith("=")) for phrase in text.split(",")]
    for field, text in _NAMES.items()
}
KNOWN_FIELDS = tuple(_KNOWN)
"""All fields that a column's name may tell."""
