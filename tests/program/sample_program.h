// Programs that the tests of this folder share.
#pragma once

#include "tltt/program.h"

namespace tltt::test {

// A GEMM of 4x3 blocks on 2x2 cores: every kind of runtime argument, a shared per-core table, all three roles.
Program SampleProgram();

// tests[i] of a plan: the plan's text with one piece of text replaced, which has to be there.
std::string Replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace tltt::test
