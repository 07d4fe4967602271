"""How `flows/words/understood.bin` is made: `python -m training`. Nothing of this runs where people are served."""
