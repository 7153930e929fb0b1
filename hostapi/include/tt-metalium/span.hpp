#pragma once

#include <tt_stl/span.hpp>
