// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/div_int32_sfpu.h"
