// Older spelling of the include path.
#pragma once
#include "api/debug/waypoint.h"
