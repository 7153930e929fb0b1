// The part of every host program that does not depend on the Program: tensor files and the device's page layout.
#pragma once

#include <string>

#include "tltt/program.h"

namespace tltt {

extern const char kHostIncludes[];
extern const char kHostTensors[];
extern const char kHostMain[];

// What builds main.cpp, for the emulator or a card: CMakeLists.txt.
std::string WriteHostBuild(const Program& program);

}  // namespace tltt
