#pragma once

#include <magic_enum/magic_enum.hpp>
