// Older spelling of the include path.
#pragma once
#include "api/semaphore.h"
