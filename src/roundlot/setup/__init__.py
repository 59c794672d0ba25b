"""What every setup shares: keys with their checks and words, sections made of them, one loader."""

from roundlot.setup.fields import (
    Choice,
    Either,
    Number,
    Section,
    Whole,
    key,
    part,
    section,
)
from roundlot.setup.setup import Setup

__all__ = ["Choice", "Either", "Number", "Section", "Setup", "Whole", "key", "part", "section"]
