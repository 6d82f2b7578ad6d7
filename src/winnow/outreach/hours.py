"""When a mail may arrive: on working days between eight and six, by the clock on the recipient's wall."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from winnow.leads.definition import Definition

OPENS, CLOSES = 8, 18

# Countries that live by one clock, or nearly all of them do. In the others the house's own clock counts.
_ZONES = {
    "AE": "Asia/Dubai", "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich",
    "CN": "Asia/Shanghai", "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris",
    "GB": "Europe/London", "GR": "Europe/Athens", "HK": "Asia/Hong_Kong", "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem", "IN": "Asia/Kolkata",
    "IS": "Atlantic/Reykjavik", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MY": "Asia/Kuala_Lumpur",
    "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PH": "Asia/Manila",
    "PL": "Europe/Warsaw", "PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "RS": "Europe/Belgrade",
    "SA": "Asia/Riyadh", "SE": "Europe/Stockholm", "SG": "Asia/Singapore", "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava", "TH": "Asia/Bangkok", "TR": "Europe/Istanbul", "TW": "Asia/Taipei",
    "UA": "Europe/Kyiv", "VN": "Asia/Ho_Chi_Minh", "ZA": "Africa/Johannesburg",
}  # fmt: skip


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class House:
    """The house's own clock and working days: those of the promise in the definition in force."""

    def __init__(self):
        definition = Definition.in_force()
        self.zone, self.weekdays = ZoneInfo("UTC"), (0, 1, 2, 3, 4)
        if definition is not None:
            promise = definition.policy.promise
            self.zone, self.weekdays = ZoneInfo(promise.time_zone), promise.weekdays

    def zone_of(self, person) -> ZoneInfo:
        """The person's time zone if it is known, by itself or by the country; else the house's."""
        if person is None:
            return self.zone
        country = person.country or person.account.country
        return _zone(person.time_zone) or _zone(_ZONES.get(country, "")) or self.zone

    def is_open(self, at: datetime, person) -> bool:
        """Whether a mail may arrive at that moment."""
        local = at.astimezone(self.zone_of(person))
        return OPENS <= local.hour < CLOSES and local.weekday() in self.weekdays

    def next_open(self, at: datetime, person) -> datetime:
        """That moment itself if a mail may arrive then, else the next one, in the zone of `at`."""
        zone = self.zone_of(person)
        local = at.astimezone(zone)
        if local.hour >= CLOSES or local.weekday() not in self.weekdays:
            local = local.replace(hour=OPENS, minute=0, second=0, microsecond=0) + timedelta(days=1)
        elif local.hour < OPENS:
            local = local.replace(hour=OPENS, minute=0, second=0, microsecond=0)
        while local.weekday() not in self.weekdays:
            local += timedelta(days=1)
            local = local.replace(hour=OPENS, minute=0, second=0, microsecond=0)
        return local.astimezone(at.tzinfo)
