#pragma once

#include <tt-metalium/util.hpp>
