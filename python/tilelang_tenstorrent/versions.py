"""The package's version, and what its C++ libraries were compiled against."""

VERSION = "0.1.0"

# The C++ headers of these packages were compiled in: another version may differ in layout and crash.
BUILT_AGAINST = {"tilelang": "0.1.15", "apache-tvm-ffi": "0.1.11"}

# In the order in which they are loaded.
LIBRARIES = ("tltt_program", "tltt_emulator", "tltt_compiler", "tltt_runtime")
