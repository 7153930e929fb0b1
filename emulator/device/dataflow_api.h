// Older spelling of the include path.
#pragma once
#include "api/dataflow/dataflow_api.h"
