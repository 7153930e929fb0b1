#pragma once

#include <cstdint>

constexpr std::uint32_t NUM_CIRCULAR_BUFFERS = 32;
