// Programs include magic_enum because the SDK brings it along; those that use it need it installed.
#pragma once

#if __has_include_next(<magic_enum/magic_enum.hpp>)
#include_next <magic_enum/magic_enum.hpp>
#endif
