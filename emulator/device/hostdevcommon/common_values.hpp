// VALID and INVALID, which host programs share.
#pragma once

#include "internal/risc_attribs.h"
