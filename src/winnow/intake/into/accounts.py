"""Rows of accounts: organisations, found again by the sender's key, by domain, by name."""

from django.db import connection

from winnow.intake.incoming import LONGEST, Unusable, text_of, whole, yes_or_no
from winnow.intake.into import Batch, Done, Line, rejected
from winnow.intake.into.strangers import own_account_keys
from winnow.leads.account import Account
from winnow.leads.addresses import company_domain, domain_of
from winnow.leads.countries import country_code
from winnow.leads.described import ACCOUNT_CODES, accounts_now, described, write_back
from winnow.leads.identity import Claim, name_key, resolve_accounts
from winnow.leads.record import record_in_bulk
from winnow.policy import facts


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the rows in. What fit needs is recorded as known now: a size of today is not one of last year."""
    done: dict[int, Done] = {}
    rows: list[tuple[int, dict, Claim]] = []
    for number, line in enumerate(lines):
        try:
            row = _read(line, batch)
        except Unusable as unusable:
            done[number] = rejected(str(unusable))
            continue
        own = None if line.key.startswith("row:") else (batch.system, line.key)
        rows.append((number, row, Claim(company=row["name"], domain=row.pop("domain"), account_key=own)))
    if not batch.system:
        keyed = [claim for _, _, claim in rows if claim.account_key]
        told = [(claim.account_key[1], {"name": claim.company, "domain": claim.domain}) for claim in keyed]
        for place, key in own_account_keys(told).items():
            keyed[place].account_key = (batch.system, key)
            batch.note("key_of_another")
    claims = [claim for _, _, claim in rows]
    _give_domains(claims)
    resolve_accounts(claims, batch.at)
    parents = _parents(rows, batch)
    now = accounts_now(list({claim.account_id for claim in claims} | set(parents.values())))
    told, changes, keys = [], {}, []
    for number, row, claim in rows:
        old, account = now[claim.account_id], claim.account_id
        parent = row.pop("parent")
        if parent and parents[name_key(parent)] != account:
            row["parent_id"] = parents[name_key(parent)]
        before = {name: old[name] for name, value in row.items() if value not in (None, "") and value != old[name]}
        if claim.account_created:
            before.pop("name", None)
        for name in before:
            old[name] = changes.setdefault(account, {})[name] = row[name]
            if name in ACCOUNT_CODES:
                told.append((described(account, None, name, row[name], "import"), batch.at, batch.at, None, None))
            elif name == "key_account":
                told.append((facts.KeyAccountSet(account=account, on=row[name]), batch.at, batch.at, None, None))
        if claim.account_key:
            keys.append((account, claim.account_key[1]))
        outcome = "created" if claim.account_created else "updated" if before else "unchanged"
        claim.account_created = False  # a second row of the same company doesn't create it again
        done[number] = Done(
            outcome, "", "account", account, before if outcome == "updated" else None, outcome != "created"
        )
    for values in changes.values():
        if "name" in values:
            values["name_key"] = name_key(values["name"])
    write_back("leads_account", changes)
    for account, key in keys:
        Account.objects.filter(pk=account, external_id=None).update(system=batch.system, external_id=key)
    record_in_bulk(told, at=batch.at, by=batch.by)
    return [done[number] for number in range(len(lines))]


def _read(line: Line, batch: Batch) -> dict:
    fields = line.fields
    name = text_of(fields, "name") or text_of(fields, "company")
    if len(name) > LONGEST["company"]:
        raise Unusable("name", f"is {len(name)} characters long where {LONGEST['company']} are the most", name[:40])
    given = text_of(fields, "domain")
    domain = company_domain(domain_of(given)) if given else ""
    if given and not domain:
        batch.note("unknown_value", f"domain: {given} is no company's own")
    if not name and not domain:
        raise Unusable("name", "is missing: an account needs a name or a domain of its own")
    country = text_of(fields, "country")
    code = country_code(country) or "" if country else ""
    if country and not code:
        batch.note("unknown_value", f"country: {country}")
    parent = text_of(fields, "parent")
    return {
        "name": name, "domain": domain or "", "industry": text_of(fields, "industry"), "country": code,
        "employees": whole("employees", fields.get("employees")), "parent": parent[: LONGEST["company"]],
        "key_account": yes_or_no("key_account", fields.get("key_account")),
        "customer": yes_or_no("customer", fields.get("customer")),
    }


def _give_domains(claims: list[Claim]) -> None:
    """A company that was known by its name alone gets the domain that a row gives it, instead of a double."""
    wanted = {name_key(claim.company): claim.domain for claim in claims if claim.company and claim.domain}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_account a SET domain = n.domain
               FROM unnest(%s::text[], %s::text[]) AS n(name_key, domain)
               WHERE a.name_key = n.name_key AND a.kind = 'company' AND a.domain IS NULL AND a.merged_into_id IS NULL
                 AND NOT EXISTS (SELECT 1 FROM leads_account o WHERE o.domain = n.domain)
                 AND (SELECT count(*) FROM unnest(%s::text[]) AS d WHERE d = n.domain) = 1""",
            [list(wanted), list(wanted.values()), list(wanted.values())],
        )


def _parents(rows: list[tuple[int, dict, Claim]], batch: Batch) -> dict[str, int]:
    """The accounts that rows name as their parents, by name; one that isn't here yet is made by its name."""
    wanted = {name_key(row["parent"]): row["parent"] for _, row, _ in rows if row["parent"]}
    own = {name_key(row["name"]): claim.account_id for _, row, claim in rows}
    claims = {key: Claim(company=name) for key, name in wanted.items() if key not in own}
    resolve_accounts(list(claims.values()), batch.at)
    return {key: own.get(key) or claims[key].account_id for key in wanted}
