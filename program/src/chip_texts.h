// The JSON text of every chip description that ships with the library.
#pragma once

#include <vector>

namespace tltt {

const std::vector<const char*>& ChipTexts();

}  // namespace tltt
