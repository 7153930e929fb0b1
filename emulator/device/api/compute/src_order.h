// SrcOrder: which operand goes to SrcA.
#pragma once

#include "internal/compute_defs.h"
