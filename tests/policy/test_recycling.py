"""Recycling (H3): a lead again on newer evidence for what failed, or on new active interest after the wake-up."""

from tests.policy.saying import definition, verdict, verdict_on

RULES = definition("""
[score]
asked = 0
[lead]
grade = "D"
[bantfo.need]
asked = "yes"
[bantfo.authority]
asked = "partly"
""")
READY = "0 ann yes need by rep\n 0 ann yes authority by rep\n"


def unmet(story: str, who: str = "ann", on: str = "") -> tuple[str, ...]:
    return verdict_on(RULES, READY + story, who, on).unmet


def test_it_was_ready_before():
    assert unmet("1 ann met") == ()


def test_a_recycled_lead_is_not_ready_and_the_clause_that_failed_starts_as_unknown():
    assert unmet("5 ann recycled need until 90") == ("need", "recycled")
    assert unmet("5 ann recycled until 90") == ("recycled",)


def test_waiting_alone_never_brings_it_back():
    assert unmet("5 ann recycled until 30", on="60") == ("recycled",)


def test_interest_before_the_wake_up_does_not_bring_it_back():
    assert unmet("5 ann recycled until 30\n 20 ann took roi_case", on="60") == ("recycled",)


def test_new_active_interest_after_the_wake_up_brings_it_back():
    assert unmet("5 ann recycled until 30\n 31 ann took roi_case") == ()
    assert unmet("5 ann recycled until 30\n 31 ann inquiry web") == ()


def test_passive_or_machine_interest_brings_nothing_back():
    assert unmet("5 ann recycled until 30\n 31 ann inquiry web passive\n 31 ann took demo machine") == (
        "recycled",
    )


def test_newer_evidence_for_the_failed_clause_brings_it_back_before_the_wake_up():
    assert unmet("5 ann recycled need until 90\n 20 ann yes need by form") == ()


def test_evidence_for_another_clause_brings_nothing_back():
    assert unmet("5 ann recycled need until 90\n 20 ann yes authority") == ("need", "recycled")


def test_evidence_too_weak_for_the_clause_brings_nothing_back():
    assert unmet("5 ann recycled need until 90\n 20 ann partly need") == ("need", "recycled")


def test_new_interest_after_the_wake_up_does_not_prove_the_clause_that_failed():
    assert unmet("5 ann recycled need until 30\n 31 ann took roi_case") == ("need",)


def test_what_was_said_before_the_rejection_is_no_newer_evidence_however_late_it_is_written_down():
    assert unmet("5 ann recycled need until 90\n 20<3 ann yes need by form") == ("need", "recycled")


def test_old_interest_that_is_uploaded_after_the_wake_up_is_not_new():
    assert unmet("5 ann recycled until 30\n 31<20 ann took roi_case") == ("recycled",)
    assert unmet("5 ann recycled\n 6<4 ann took roi_case") == ("recycled",)


def test_without_a_wake_up_date_any_new_active_interest_brings_it_back():
    assert unmet("5 ann recycled\n 6 ann took roi_case") == ()


def test_the_whole_account_is_held():
    assert unmet("0 bob met\n 5 ann recycled until 30", "bob") == ("recycled",)


def test_failed_authority_needs_newer_evidence_of_authority_from_anybody():
    assert unmet("5 ann recycled authority until 90") == ("authority", "recycled")
    assert unmet("5 ann recycled authority until 90\n 9 bob partly authority") == ()


def test_a_fit_that_failed_comes_back_with_a_new_description():
    assert unmet("5 ann recycled fit until 90") == ("recycled",)
    assert unmet("5 ann recycled fit until 90\n 9 acme is industry software") == ()


def test_evidence_of_other_clauses_crosses_the_cycles_with_its_age():
    rules = definition("""
[score]
asked = 0
[lead]
grade = "D"
[bantfo.need]
asked = "yes"
expires_days = 100
""")
    story = "0 ann yes need\n 5 ann recycled until 30\n 40 ann took roi_case"
    assert verdict(rules, story).ready
    assert verdict_on(rules, story, "ann", on="100").unmet == ("need",)
