// Host threads that share loops over cores. The calling thread takes part; idle workers sleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tltt::emu {

class WorkerPool {
 public:
  explicit WorkerPool(int threads);  // in all, the caller included
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  // Calls body(i) for all i < count, in any order, and returns when all have returned. `body` must not throw.
  void ForEach(size_t count, const std::function<void(size_t)>& body);

 private:
  void Work();
  void Drain();

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<size_t> next_{0};
  size_t count_ = 0;
  const std::function<void(size_t)>* body_ = nullptr;
  std::atomic<int> active_{0};
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace tltt::emu
