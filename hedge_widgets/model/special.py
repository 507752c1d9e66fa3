"""What the model takes of scipy.special, without what that would load for its name alone.

Importing scipy.special runs ``from numpy import *`` (scipy/_lib/array_api_compat/numpy), and so loads numpy.f2py and
numpy.testing, which nothing here uses: 0.07 s and 5 MB in the process of every page. Until it is imported numpy seems
to have them; whoever wants them afterwards still gets them. It is heavy even so: import this where it is used.
"""

import numpy as np

_UNUSED = [name for name in ("f2py", "testing") if name not in vars(np)]
for _name in _UNUSED:
    setattr(np, _name, None)
try:
    from scipy.special import gammaln, log_ndtr, ndtr, ndtri, stdtrit
finally:
    for _name in _UNUSED:
        if getattr(np, _name) is None:  # nobody has imported it meanwhile
            delattr(np, _name)

__all__ = ["gammaln", "log_ndtr", "ndtr", "ndtri", "stdtrit"]
