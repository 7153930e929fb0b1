// Target kind `tenstorrent`. kDLCPU lets torch CPU tensors pass TileLang's device checks.
// String defaults stay within seven characters: TVM's attribute machinery mishandles longer ones.
#include "ir/tvm.h"

namespace tvm {

TVM_REGISTER_TARGET_KIND("tenstorrent", kDLCPU)
    .add_attr_option<ffi::String>("arch", ffi::reflection::DefaultValue(ffi::String("")))  // "" = wormhole_b0
    .add_attr_option<ffi::String>("chip", ffi::reflection::DefaultValue(ffi::String("")))  // "" = the arch's default
    .add_attr_option<int64_t>("grid_x", ffi::reflection::DefaultValue(0))                  // 0 = the chip's
    .add_attr_option<int64_t>("grid_y", ffi::reflection::DefaultValue(0))
    .add_attr_option<ffi::String>("mode", ffi::reflection::DefaultValue(ffi::String("")))           // "" = emulator
    .add_attr_option<ffi::String>("math_fidelity", ffi::reflection::DefaultValue(ffi::String("")))  // "" = HiFi4
    .add_attr_option<int64_t>("multicast", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("balance", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("both_nocs", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("dst_blocks", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("group_steps", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("fuse_epilogues", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("fold_vectors", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("output_chunks", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("prefetch", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("batch_barriers", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("reciprocals", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("hoist_init", ffi::reflection::DefaultValue(1))
    .add_attr_option<int64_t>("dst_full_sync", ffi::reflection::DefaultValue(0))
    .add_attr_option<int64_t>("math_approx", ffi::reflection::DefaultValue(0))
    .add_attr_option<int64_t>("riscv", ffi::reflection::DefaultValue(1))  // 0: tile operations only
    .add_attr_option<ffi::String>("numerics", ffi::reflection::DefaultValue(ffi::String("")))  // "" = fast
    .add_attr_option<ffi::String>("version", ffi::reflection::DefaultValue(ffi::String("")))   // keys TileLang's cache
    .set_default_keys({"tenstorrent"});

}  // namespace tvm
