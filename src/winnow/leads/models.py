"""All tables, gathered for Django; each noun has a file of its own."""

from winnow.leads.account import Account
from winnow.leads.apikey import ApiKey
from winnow.leads.audit import AuditEntry, AuditHead
from winnow.leads.campaign import Campaign, Content, CostLine
from winnow.leads.chain import FactHead
from winnow.leads.confirmation import Confirmation
from winnow.leads.cycle import Answer, Cycle, StageChange
from winnow.leads.definition import Definition, Signature
from winnow.leads.doubt import Doubt, DoubtKey, DoubtTouch, DoubtWatch
from winnow.leads.event import Badge, BoothDevice, Event
from winnow.leads.fact import FactRow
from winnow.leads.form import ConsentText, Form, FormVersion
from winnow.leads.formtest import FormTest
from winnow.leads.formvisit import FormVisit
from winnow.leads.hook import Hook, HookCall
from winnow.leads.imports import Import, ImportedFact, ImportRow, SavedMapping, Upload
from winnow.leads.inquiry import Arrival, Consent, Inquiry
from winnow.leads.interview import CallScript, Interview
from winnow.leads.lead import Handoff, Lead
from winnow.leads.lists import PeopleList
from winnow.leads.login import LoginTry
from winnow.leads.lookup import LookUp
from winnow.leads.mailbox import Bounce, Click, IncomingMail, KeptOut, ListedMail, MailLink
from winnow.leads.maildomain import MailDomain
from winnow.leads.mark import Mark
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.leads.merging import Merge
from winnow.leads.message import Enrolment, Message, Programme, Suppression, Tip
from winnow.leads.opportunity import Opportunity, Product
from winnow.leads.pageview import PageRule, PageView, SpamReferrer, Visitor
from winnow.leads.person import Identity, Person, SharedAddress
from winnow.leads.postbox import Collected, Postbox
from winnow.leads.rateuse import RateUse
from winnow.leads.remark import Remark, RemarkEnd
from winnow.leads.shadow import Shadow, ShadowStanding
from winnow.leads.sortings import Hold, SortedPerson, Sorting
from winnow.leads.standing import AccountStanding, PersonStanding
from winnow.leads.study import Study
from winnow.leads.summary import FunnelCell, FunnelFlow, FunnelRow, FunnelTouch
from winnow.leads.touch import Touch
from winnow.leads.user import User
from winnow.leads.validity import Validation

__all__ = [
    "Account", "AccountStanding", "Answer", "ApiKey", "Arrival", "AuditEntry", "AuditHead", "Badge", "BoothDevice",
    "Bounce", "CallScript", "Campaign", "Click", "Collected", "Confirmation", "Consent", "ConsentText", "Content",
    "CostLine", "Cycle", "Definition", "Doubt", "DoubtKey", "DoubtTouch", "DoubtWatch", "Enrolment", "Event",
    "FactHead", "FactRow", "Form", "FormTest", "FormVersion", "FormVisit", "FunnelCell", "FunnelFlow", "FunnelRow",
    "FunnelTouch", "Handoff", "Hold", "Hook", "HookCall", "Identity", "Import", "ImportRow", "ImportedFact",
    "IncomingMail", "Inquiry", "Interview", "KeptOut", "Lead", "ListedMail", "LoginTry", "LookUp", "MailDomain",
    "MailLink", "Mark", "Merge", "Message", "Opportunity", "PageRule", "PageView", "PeopleList", "Person",
    "PersonStanding", "Postbox", "Product", "Programme", "Promise", "RateUse", "Remark", "RemarkEnd", "Review",
    "ReviewLine", "SavedMapping", "Shadow", "ShadowStanding", "SharedAddress", "Signature", "SortedPerson", "Sorting",
    "SpamReferrer", "StageChange", "Study", "Suppression", "Tip", "Touch", "Upload", "User", "Validation", "Visitor",
]
