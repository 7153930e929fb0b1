// tt::CBIndex, which host programs share.
#pragma once

#include "internal/cb_index.h"
