#pragma once

#include <tt-metalium/mesh_buffer.hpp>
