"""A row whose quotes the standard reader can't follow, read with some leniency."""


def cells_with_loose_quotes(
    text: str, delimiter: str, quote: str, skip_space: bool, doubled_closes: bool
) -> tuple[list[str], bool]:
    """The cells of a row, and whether its quotes close. A quote inside a quoted cell is a letter, unless a delimiter
    or the row's end follows; of two quotes there the second closes only if `doubled_closes`."""
    values, i = [], 0
    while True:
        start = i
        if skip_space:
            while text[start : start + 1] == " ":
                start += 1
        if not quote or not text.startswith(quote, start):
            end = text.find(delimiter, i)
            values.append(text[start:] if end < 0 else text[start:end])
            if end < 0:
                return values, True
            i = end + len(delimiter)
            continue
        cell, i = [], start + 1
        while True:
            end = text.find(quote, i)
            if end < 0:
                return values, False
            behind = text[end + 1 : end + 2]
            if behind == quote and not (doubled_closes and text[end + 2 : end + 3] in ("", delimiter)):
                cell.append(text[i : end + 1])
                i = end + 2
            elif behind in ("", delimiter):
                cell.append(text[i:end])
                break
            else:
                cell.append(text[i : end + 1])
                i = end + 1
        values.append("".join(cell))
        if not text[end + 1 :]:
            return values, True
        i = end + 2
