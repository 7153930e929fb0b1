#pragma once

#include <tt-metalium/buffer_types.hpp>
