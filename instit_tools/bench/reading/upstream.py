"""The published script's reading of an answer to a multiple-choice question, verdict for verdict (``evaluate.py``).

It strikes out lead-ins, in a fixed order and wherever they stand, and takes the first capital A, B, C or D of what is
left, be it a letter of a word. Its quirks, which are kept:

* Two commas are missing in its list of lead-ins, so that four of them are two that nobody writes: ``Best answer: C``
  and ``Best option: C`` are read as B, the first letter of "Best".
* Lead-ins are struck out one after another, so that "The correct answer" is already "The correct " of nothing when its
  turn comes; "Correct", "Based", "Because", "At" and the article "A" give the letter that they begin with.
* A lower-case letter is no answer; an answer in which no capital A to D is found is not valid, and not in the
  denominator.
"""

__all__ = ["read"]

_LEAD_INS = (
    "The best answer is",
    "The correct answer is",
    "The answer is",
    "The answer",
    "The best option isThe correct option is",
    "Best answer:Best option:",
    "Answer",
    "Answer:",
    "answer:",
    "answer",
    "Option:",
    "The correct answer",
    "The correct option",
)


def read(prediction: str) -> str | None:
    """Read the letter that the published script would; ``None`` where it finds the answer not valid.

    >>> read("The best option is C"), read("Best option: C"), read("c")
    ('C', 'B', None)
    """
    for lead_in in _LEAD_INS:
        prediction = prediction.replace(lead_in, "")
    return next((letter for letter in prediction if letter in "ABCD"), None)
