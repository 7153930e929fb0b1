// What a loop over elements costs on a data-movement core: an estimate for remarks.
#pragma once

#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

// "about 1200 cycles a block"; loops whose extent is known at run time alone count once, and the text says so.
std::string CostText(const Stmt& loops);

}  // namespace tltt::compiler
