"""The official form on paper: a PDF that can be printed, faxed and searched."""

from bot.desk.paper.press import MOST_SHEETS, NotPrinted, Printed, print_form, print_sheet
from bot.desk.paper.sheet import Asked, Centre, Sheet

__all__ = ["MOST_SHEETS", "Asked", "Centre", "NotPrinted", "Printed", "Sheet", "print_form", "print_sheet"]
