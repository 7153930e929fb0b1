// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/reduce_custom.h"
