// Values of buffers at the begin of a block of work: nothing of an earlier block may be seen.
#pragma once

#include "ir/records.h"

namespace tltt::compiler {

// Refuses a buffer that a block reads before anything was written to it. One that the first iteration of a
// loop fills before it is read (`if k == 0: T.fill(m, ..)`) starts as zeros, so that the other iterations take a value
// over from the one before like every loop does. Expects each statement to be the user's own still.
Stmt WithInitialValues(const Stmt& body, const CbTable& cbs);

}  // namespace tltt::compiler
