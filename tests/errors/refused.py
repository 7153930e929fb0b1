"""The registry of kernels that the compiler refuses; the cases stand in the modules refused_*.py.

Each case is a function that makes a kernel, under @refused(fragment of the message, way out); `# <--` marks the line
that the message must name.
"""

CASES = {}


def refused(message, way_out, target=None):
    def register(factory):
        assert factory.__name__ not in CASES
        CASES[factory.__name__] = (factory, message, way_out, target)
        return factory

    return register
