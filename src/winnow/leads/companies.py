"""Names of companies brought to a form by which two spellings of one name meet."""

import re
import unicodedata

LONGEST = 300

# What stands behind a name for its legal form. Longest first where one ends in another.
_FORMS = """
    gmbh und co kgaa | gmbh und co kg | gmbh und co ohg | gmbh co kg | gmbh co | gmbh und co
    ag und co kg | ag co kg | se und co kg | ug haftungsbeschraenkt und co kg
    ug haftungsbeschraenkt | ug | gmbh | ggmbh | mbh | kgaa | kg | ohg | gbr | ag | se | ek | ev
    eg | und co | and co | co | company | companies | incorporated | inc | corporation | corp
    limited | ltd | llc | llp | lllp | lp | plc | pllc | pc | pty ltd | pty limited | pty | pte ltd
    pte | pvt ltd | private limited | pvt | co ltd | co limited | company limited | sa | sas | sasu
    sarl | sarlau | eurl | snc | sci | scop | gie | sca | scs | ste | societe anonyme | et cie | cie
    sl | slu | slne | sau | sociedad anonima | sociedad limitada | sa de cv | s de rl de cv
    sapi de cv | sab de cv | ltda | eireli | spa | srl | srls | sapa | sas di | snc di | soc coop
    scarl | bv | nv | cv | vof | bvba | sprl | cvba | asbl | vzw | naamloze vennootschap
    besloten vennootschap | ab | aktiebolag | hb | kb | as | asa | aps | a s | ans | oy | oyj
    oy ab | hf | ehf | ivs | amba | sp z oo | spolka z oo | sp zoo | spolka akcyjna | sp k | sp j
    sro | spol sro | kft | zrt | nyrt | bt | doo | ad | ood | eood | jsc | ojsc | cjsc | pjsc | ooo
    oao | zao | pao | tov | uab | sia | ou | tmi | kk | kabushiki kaisha | gk | yk | sdn bhd | bhd
    as tic | ltd sti | anonim sirketi | limited sirketi | lda | unipessoal lda | sgps | fze | fzco
    fz llc | dmcc | wll
    aktiengesellschaft | kommanditgesellschaft | gesellschaft mit beschraenkter haftung
    societas europaea | eingetragener verein
"""
_ENDINGS = frozenset(" ".join(form.split()) for form in _FORMS.replace("\n", "|").split("|")) - {""}
_LONGEST_ENDING = max(len(form.split()) for form in _ENDINGS)
_BEGINNINGS = frozenset({"the", "firma", "fa", "messrs", "ste", "ooo", "oao", "zao", "pao", "uab", "sia"})
_SPELLED = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ł": "l",
    "đ": "d", "ð": "d", "þ": "th",
})


def normalise_company(name: str) -> str:
    """`The Müller & Söhne GmbH & Co. KG` -> `mueller und soehne`; empty when nothing of a name is left.

    Case, accents, punctuation and the legal form don't tell companies apart. For finding candidates:
    two companies may share the result, so it never identifies by itself.
    """
    text = unicodedata.normalize("NFKC", name or "")[:LONGEST].casefold()
    text = unicodedata.normalize("NFC", text).translate(_SPELLED)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub(r"[&+]", " und ", text)
    text = re.sub(r"['’`´]", "", text)
    words = _joined_initials(re.findall(r"[^\W_]+", text))
    for i in range(1, len(words) - 1):
        if words[i] in ("and", "et", "y", "e"):
            words[i] = "und"
    return " ".join(_without_form(words))


def _joined_initials(words: list[str]) -> list[str]:
    """`b v`, `b.v.` and `bv` are one: letters that stand alone are put together."""
    joined: list[str] = []
    run = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and run:
            joined[-1] += word
        else:
            joined.append(word)
        run = single
    return joined


def _without_form(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1:
        for length in range(min(_LONGEST_ENDING, len(kept) - 1), 0, -1):
            ending = " ".join(kept[-length:])
            if ending in _ENDINGS:
                del kept[-length:]
                break
        else:
            break
    while len(kept) > 1 and kept[-1] == "und":
        kept.pop()
    while len(kept) > 1 and kept[0] in _BEGINNINGS:
        kept.pop(0)
    return kept
