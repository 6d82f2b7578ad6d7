"""The pure half of Winnow: facts in, verdicts out. No database, no clock, no randomness; the standard library alone.

VERSION names the way of judging. A change that can alter any verdict raises it; standings folded under
another version are folded again.
"""

VERSION = 3
