// {fmt}'s name for its core since version 11; older ones have it as core.h.
#pragma once

#if __has_include_next(<fmt/base.h>)
#include_next <fmt/base.h>
#elif __has_include(<fmt/core.h>)
#include <fmt/core.h>
#endif
