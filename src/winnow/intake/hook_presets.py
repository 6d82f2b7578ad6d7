"""What a new hook may start from: the shape that a kind of tool usually posts, mapped already."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """`mapping` as a mapping file; `each` the path of the list of items, empty where a payload is one."""

    title: str
    makes: str = "inquiries"
    mapping: str = ""
    each: str = ""


PRESETS = {
    "": Preset("nothing: I map it from the first payload"),
    "chat": Preset("a chat tool: conversation, visitor, messages", mapping="""
as = "inquiries"
[columns]
"conversation.id" = "external_id"
"conversation_id" = "external_id"
"chat.id" = "external_id"
"chat_id" = "external_id"
"visitor.email" = "email"
"visitor.name" = "full_name"
"visitor.phone" = "phone"
"visitor.company" = "company"
"customer.email" = "email"
"customer.name" = "full_name"
"customer.phone" = "phone"
"contact.email" = "email"
"contact.name" = "full_name"
"messages[*]" = "transcript"
"chat.messages[*]" = "transcript"
"conversation.messages[*]" = "transcript"
"transcript[*]" = "transcript"
"transcript" = "transcript"
"chat.transcript" = "transcript"
"answers.budget" = "answers.budget"
"answers.authority" = "answers.authority"
"answers.need" = "answers.need"
"answers.timing" = "answers.timing"
[defaults]
channel = "chat"
source = "chat"
"""),
    "form": Preset("a form tool: plain fields by their usual names", mapping="""
as = "inquiries"
[columns]
"id" = "external_id"
"email" = "email"
"name" = "full_name"
"first_name" = "first_name"
"last_name" = "last_name"
"company" = "company"
"phone" = "phone"
"message" = "message"
[defaults]
channel = "web"
"""),
    "visits": Preset("a site or webinar tool: who did what", makes="activities", mapping="""
as = "activities"
[columns]
"email" = "person"
"event" = "kind"
"page" = "content"
"timestamp" = "happened_at"
[defaults]
kind = "page"
"""),
}
