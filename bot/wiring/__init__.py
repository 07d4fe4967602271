"""
The composition root: the only package that names concrete adapters.

One module for each program, so that neither loads the other. A setting or a data file that is unsafe
stops the start here, with its cause and its mend in one line.
"""
