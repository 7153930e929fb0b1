// The part of every host program that does not depend on the Program: tensor files and the device's page layout.
#pragma once

#include <string>
#include <vector>

#include "tltt/program.h"

namespace tltt {

extern const char kHostIncludes[];
extern const char kHostTensors[];
extern const char kHostUnpack[];     // of programs with fp32 tiles that compute unpacks
extern const char kHostNoc[];        // of programs whose kernels address other cores
extern const char kHostArguments[];  // of functions of several launches
extern const char kHostMain[];

// A C++ string literal.
std::string Quoted(const std::string& text);

// The designated initializers of a tensor's KernelTensor, braces included, to be set in lines.
std::vector<std::string> KernelTensorFields(const Tensor& tensor);

// What builds main.cpp, for the emulator or a card: CMakeLists.txt.
std::string WriteHostBuild(const Program& program);

}  // namespace tltt
