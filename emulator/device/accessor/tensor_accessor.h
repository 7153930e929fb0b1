// Older spelling of the include path.
#pragma once
#include "api/tensor/tensor_accessor.h"
