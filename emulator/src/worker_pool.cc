#include "worker_pool.h"

#include <algorithm>

namespace tltt::emu {

namespace {
// Rounds of a program follow each other within microseconds: look for the next one briefly before sleeping.
constexpr int kSpins = 500;
}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int i = 1; i < std::max(1, threads); ++i) workers_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    ++generation_;
  }
  wake_.notify_all();
  for (std::thread& t : workers_) t.join();
}

void WorkerPool::Drain() {
  for (size_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) (*body_)(i);
}

void WorkerPool::Work() {
  uint64_t seen = 0;
  for (;;) {
    for (int i = 0; i < kSpins && generation_.load(std::memory_order_acquire) == seen; ++i) __builtin_ia32_pause();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load() != seen; });
      seen = generation_.load();
      if (stop_) return;
    }
    Drain();
    if (active_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      std::lock_guard lock(mutex_);
      idle_.notify_one();
    }
  }
}

void WorkerPool::ForEach(size_t count, const std::function<void(size_t)>& body) {
  if (workers_.empty() || count <= 1) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    count_ = count;
    body_ = &body;
    next_.store(0, std::memory_order_relaxed);
    active_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  Drain();
  for (int i = 0; i < kSpins && active_.load(std::memory_order_acquire) != 0; ++i) __builtin_ia32_pause();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return active_.load() == 0; });
}

}  // namespace tltt::emu
