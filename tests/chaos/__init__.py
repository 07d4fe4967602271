"""
The real program, its crash points and its database under every trouble that can be made here.

    python -m tests.chaos --profile quick|nightly|release --database sqlite|postgres --seed N

`run` plays one run: people walk the real conversation through a strict fake LINE, which delivers again whatever
was not acknowledged; `troubles` kill, freeze, disconnect and starve the program meanwhile; `clean` says what
each person may have seen and what may be stored of them; `verdict` compares.
"""
