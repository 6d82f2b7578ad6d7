"""What the product says when it will not do a thing: the thing, the reason, the way out."""


class Refusal(Exception):
    """Asked for, understood, and not done. `str()` is the sentence a person reads; `code` is for programs."""

    code = "refused"

    def __init__(self, text: str, *, code: str | None = None):
        super().__init__(text)
        if code:
            self.code = code
