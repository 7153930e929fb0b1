// DataFormat as kernels spell it: global, and tt::DataFormat.
#pragma once

#include "hostdevcommon/data_format.h"

using tt::DataFormat;
