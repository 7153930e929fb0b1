// Stops kernels that spin where basic blocks are not counted: g++ plants no call into an empty loop (`while (true)
// {}`). A role that executed no block and made no device call while its host thread used kPatience of processor time is
// in one.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tltt::emu {

class RoleContext;

class Watchdog {
 public:
  Watchdog() : thread_([this] { Watch(); }) {}
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;

  // While it lives, the calling thread runs roles.
  class Watched {
   public:
    explicit Watched(Watchdog& watchdog);
    ~Watched();
    void Set(RoleContext* role) { entry_->role.store(role, std::memory_order_relaxed); }

   private:
    friend class Watchdog;
    struct Entry {
      pthread_t thread;
      std::atomic<RoleContext*> role{nullptr};
      RoleContext* seen = nullptr;
      uint64_t progress = 0;
      double since = 0;  // processor time of the thread when it was first seen so
    };
    Watchdog& watchdog_;
    std::unique_ptr<Entry> entry_;
  };

 private:
  static constexpr double kPatience = 0.3;  // seconds

  void Watch();

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::vector<Watched::Entry*> entries_;
  std::thread thread_;
};

}  // namespace tltt::emu
