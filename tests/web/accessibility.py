"""One assertion for every page test in a browser: axe finds nothing, and the content policy's rules hold."""

from pathlib import Path

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOUND = """async ([tags, within, allowed]) => {
  const rules = Object.fromEntries(allowed.map((id) => [id, { enabled: false }]));
  const { violations } = await axe.run(within || document, { runOnly: { type: "tag", values: tags }, rules });
  const place = (n) => `    ${n.html.slice(0, 200)}\\n    ${n.failureSummary.replace(/\\n/g, " ")}`;
  return violations.map((v) => `${v.id} (${v.impact}): ${v.help}\\n` + v.nodes.slice(0, 9).map(place).join("\\n"));
}"""
INLINE = """() => [...document.querySelectorAll(
    "[style], style, script:not([src]), [onclick], [onchange], [onsubmit], [onload]"
  )].map((element) => element.outerHTML.slice(0, 120))"""
WIDER = """() => {
  const edge = document.documentElement.clientWidth + 1;
  if (document.documentElement.scrollWidth <= edge) return [];
  const beyond = (e) => e.getBoundingClientRect().right > edge
    && !e.closest(".scroll-x, .tabs, .reps, .only-read, .trap, svg");
  return [...document.querySelectorAll("body *")].filter(beyond).slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""


def assert_accessible(page, within=None, *, allowed=()):
    """Nothing that axe counts as a WCAG 2.2 AA violation, no inline style or script, no sideways scrolling.

    `within`: a CSS selector for a part of the page. `allowed`: ids of axe rules that this page may break;
    say why at the call.
    """
    page.evaluate(AXE.read_text())
    troubles = page.evaluate(FOUND, [TAGS, within, list(allowed)])
    troubles += [f"inline in the HTML: {html}" for html in page.evaluate(INLINE)]
    troubles += [f"wider than the window: {html}" for html in page.evaluate(WIDER)]
    assert not troubles, f"{page.url}\n" + "\n".join(troubles)
