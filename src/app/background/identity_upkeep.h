#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace marquee::app {

/// Once a second: what others changed of keys and the issuer's keys reaches this process, and uses
/// reach the store. A step that fails is told once and tried again. Runs on a thread of its own
/// until it is destroyed.
class IdentityUpkeep {
 public:
  explicit IdentityUpkeep(std::vector<std::function<Result<void>()>> steps);
  ~IdentityUpkeep();
  IdentityUpkeep(const IdentityUpkeep&) = delete;
  IdentityUpkeep& operator=(const IdentityUpkeep&) = delete;

 private:
  void run(const std::stop_token& stop);
  Result<void> look() const;

  const std::vector<std::function<Result<void>()>> steps_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::jthread thread_;
};

}  // namespace marquee::app
