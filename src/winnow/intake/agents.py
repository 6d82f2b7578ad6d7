"""What a program says of itself in its User-Agent, and what a browser of that name would send besides.

The words are well-known ones of programs that name themselves; an operator's own list of referrers is another matter.
"""

import re
from collections.abc import Mapping

_PROGRAMS = re.compile(
    r"(?i)\b(curl|wget|python-requests|python-urllib|python|aiohttp|httpx|urllib3|go-http-client|okhttp|axios|node-fetch"
    r"|undici|node|java|jakarta|apache-httpclient|libwww-perl|perl|lwp|php|guzzlehttp|ruby|faraday|scrapy|mechanize"
    r"|phantomjs|slimerjs|headlesschrome|puppeteer|playwright|selenium|htmlunit|postmanruntime|insomnia|hackney|reqwest"
    r"|nikto|sqlmap|nmap|zgrab|masscan|nuclei)\b|(headless|crawl|spider|scrape|slurp|archiver|linkcheck|link checker"
    r"|validator|monitor|pingdom|uptime|lighthouse|preview|facebookexternalhit|bingpreview|mediapartners|feedfetcher)"
    r"|(?<!cu)bot\b|(?<!cu)bot[/;_-]|\bbot\b"  # a Cubot is a telephone
)
_ENGINES = re.compile(r"(?i)(headless|phantomjs|slimerjs|puppeteer|playwright|selenium|htmlunit)")
_CHROME = re.compile(r"Chrome/(\d+)")
_FIREFOX = re.compile(r"Firefox/(\d+)")


def agent_is_machine(user_agent: str) -> str:
    """The word by which a program gives itself away, in small letters; empty for a browser. No agent: "no name"."""
    if not user_agent.strip():
        return "no name"
    found = _PROGRAMS.search(user_agent[:600])
    return found.group().strip("/;_- ").lower() if found else ""


def is_engine(word: str) -> bool:
    """Whether the word is that of a browser engine which a program drives, rather than of a plain program."""
    return bool(_ENGINES.search(word))


def unlike_its_name(headers: Mapping[str, str], trustworthy: bool) -> list[str]:
    """What is missing that every browser of this name sends. `trustworthy`: over TLS, or on this machine."""
    missing = []
    agent = headers.get("User-Agent", "")
    if not headers.get("Accept-Language"):
        missing.append("no language")
    if headers.get("Accept", "*/*") in ("", "*/*"):
        missing.append("no kind of page")
    chrome, firefox = _CHROME.search(agent), _FIREFOX.search(agent)
    newer = (chrome and int(chrome[1]) >= 80) or (firefox and int(firefox[1]) >= 90)
    if trustworthy and newer and not headers.get("Sec-Fetch-Mode"):
        missing.append("not what it fetches for")
    return missing
