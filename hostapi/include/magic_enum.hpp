#pragma once

#if __has_include_next(<magic_enum.hpp>)
#include_next <magic_enum.hpp>
#else
#include <magic_enum/magic_enum.hpp>
#endif
