// Hand-written programs as JSON text, as python/tilelang_tenstorrent/program.py writes them.
#pragma once

#include <string>

#include "tltt/program.h"

namespace tltt {

// Throws std::invalid_argument naming the entry that is wrong.
Program ParseDescription(const std::string& text);

// Name, arch, chip, grid and the tensors of a Program, as JSON text.
std::string ProgramInfo(const Program& program);

}  // namespace tltt
