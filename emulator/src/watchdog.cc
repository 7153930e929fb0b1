#include "watchdog.h"

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "core.h"
#include "fault_guard.h"

namespace tltt::emu {

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

Watchdog::Watched::Watched(Watchdog& watchdog) : watchdog_(watchdog), entry_(std::make_unique<Entry>()) {
  entry_->thread = pthread_self();
  std::lock_guard lock(watchdog_.mutex_);
  watchdog_.entries_.push_back(entry_.get());
}

Watchdog::Watched::~Watched() {
  std::lock_guard lock(watchdog_.mutex_);
  std::erase(watchdog_.entries_, entry_.get());
}

void Watchdog::Watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, std::chrono::milliseconds(200), [this] { return stop_; })) {
    for (Watched::Entry* entry : entries_) {
      RoleContext* role = entry->role.load(std::memory_order_relaxed);
      clockid_t clock;
      timespec now{};
      if (!role || pthread_getcpuclockid(entry->thread, &clock) != 0 || clock_gettime(clock, &now) != 0) {
        entry->seen = nullptr;
        continue;
      }
      double used = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
      uint64_t progress = role->Progress();
      if (role != entry->seen || progress != entry->progress) {
        entry->seen = role;
        entry->progress = progress;
        entry->since = used;
      } else if (used - entry->since > kPatience) {
        pthread_kill(entry->thread, kSpinSignal);
        entry->seen = nullptr;
      }
    }
  }
}

}  // namespace tltt::emu
