#include "ir/work.h"

#include <algorithm>

#include "ir/diagnostics.h"
#include "ir/records.h"

namespace tltt::compiler {

Partition WorkOf(const PrimFunc& func) {
  auto work = func->GetAttr<Array<Any>>(attr::kWorkPartition);
  auto schedule = func->GetAttr<Map<String, Any>>(attr::kSchedule);
  auto grid = func->GetAttr<Array<Integer>>(attr::kGridTiles);
  if (!work || !schedule || !grid)
    BrokenContract("B1", "No TT metadata found: there is no work partition, B1 has not run");
  Partition partition;
  partition.rows = grid.value()[0]->value;
  partition.columns = grid.value()[1]->value;
  partition.mode = func->GetAttr<String>(attr::kPartitionMode).value();
  partition.order = ParseTileOrder(GetStr(schedule.value(), "order"));
  partition.chunk = GetInt(schedule.value(), "chunk");
  partition.stride = GetInt(schedule.value(), "stride");
  for (const Any& item : work.value()) {
    std::vector<int64_t> row;
    for (const Integer& value : item.cast<Array<Integer>>()) row.push_back(value->value);
    CoreWork core{{static_cast<uint16_t>(row[0]), static_cast<uint16_t>(row[1])}, row[2], row[3], {}};
    core.blocks.assign(row.begin() + 4, row.end());
    partition.cores.push_back(std::move(core));
  }
  return partition;
}

int64_t BlocksOfBusiestCore(const PrimFunc& func) {
  int64_t most = 0;
  for (const CoreWork& core : WorkOf(func).cores) most = std::max(most, core.count);
  return most;
}

PrimFunc WithWork(PrimFunc func, const Partition& partition) {
  Array<Any> work, ranges;
  std::vector<Core> cores;
  for (const CoreWork& core : partition.cores) {
    std::vector<int64_t> row{core.core.x, core.core.y, core.start, core.count};
    row.insert(row.end(), core.blocks.begin(), core.blocks.end());
    work.push_back(ToInts(row));
    cores.push_back(core.core);
  }
  for (const CoreRange& range : RangesOf(cores))
    ranges.push_back(ToInts({range.start.x, range.start.y, range.width, range.height}));
  Array<String> args;
  for (const std::string& name : WorkArgNames(partition)) args.push_back(name);
  func = WithAttr(std::move(func), attr::kPartitionMode, String(partition.mode));
  func = WithAttr(std::move(func), attr::kSchedule,
                  Map<String, Any>{{"policy", String(partition.Policy())},
                                   {"order", String(partition.OrderName())},
                                   {"chunk", Integer(partition.chunk)},
                                   {"stride", Integer(partition.stride)}});
  func = WithAttr(std::move(func), attr::kCoreRanges, ranges);
  func = WithAttr(std::move(func), attr::kGridTiles, ToInts({partition.rows, partition.columns}));
  func = WithAttr(std::move(func), attr::kWorkPartition, work);
  return WithAttr(std::move(func), attr::kRuntimeArgs, args);
}

std::vector<std::string> WorkArgNames(const Partition& partition) {
  if (!partition.NeedsTable()) return {"start_id", "count"};
  int64_t most = 0;
  for (const CoreWork& work : partition.cores) most = std::max(most, work.count);
  std::vector<std::string> names{"count"};
  for (int64_t i = 0; i < most; ++i) names.push_back("block_" + std::to_string(i));
  return names;
}

std::vector<uint32_t> WorkArgs(const Partition& partition, const CoreWork& work) {
  if (!partition.NeedsTable()) return {static_cast<uint32_t>(work.start), static_cast<uint32_t>(work.count)};
  std::vector<uint32_t> row{static_cast<uint32_t>(work.count)};
  for (int64_t i = 0; i < work.count; ++i) row.push_back(static_cast<uint32_t>(partition.BlockAt(work, i)));
  row.resize(WorkArgNames(partition).size());  // shorter lists are padded
  return row;
}

}  // namespace tltt::compiler
