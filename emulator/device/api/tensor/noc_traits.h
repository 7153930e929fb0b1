// Tensor accessors as endpoints of Noc's transfers.
#pragma once

#include "api/dataflow/noc.h"
#include "api/tensor/tensor_accessor.h"

template <typename DSpecT>
struct noc_traits_t<TensorAccessor<DSpecT>> {
  struct src_args_type {
    std::uint32_t page_id{};
    std::uint32_t offset_bytes = 0;
  };
  using dst_args_type = src_args_type;
  static std::uint64_t Source(const TensorAccessor<DSpecT>& tensor, const src_args_type& args) {
    return tensor.get_noc_addr(args.page_id, args.offset_bytes);
  }
  static std::uint64_t Destination(const TensorAccessor<DSpecT>& tensor, const dst_args_type& args) {
    return tensor.get_noc_addr(args.page_id, args.offset_bytes);
  }
};
