// Which role runs on this host thread.
#pragma once

namespace tltt::emu {

class RoleContext;

RoleContext* CurrentRoleOrNull();
// Returns the previous one; null: none.
RoleContext* SetCurrentRole(RoleContext* role);

}  // namespace tltt::emu
