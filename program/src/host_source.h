// The part of every host program that does not depend on the Program: tensor files and the device's page layout.
#pragma once

namespace tltt {

extern const char kHostIncludes[];
extern const char kHostTensors[];
extern const char kHostMain[];

}  // namespace tltt
