// Waypoints tell a debugger of the chip where a core is; the emulator knows.
#pragma once

#define WAYPOINT(x)
