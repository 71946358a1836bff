#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace marquee::api {

/// How many API requests were answered and how long they took, for GET /api/metrics. Thread-safe.
class RequestTotals {
 public:
  void add(std::chrono::steady_clock::duration took) {
    count_.fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(std::chrono::nanoseconds(took).count(), std::memory_order_relaxed);
  }
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  /// 0 before the first request.
  double average_ms() const {
    const std::uint64_t requests = count();
    if (requests == 0) return 0;
    return static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e6 /
           static_cast<double>(requests);
  }

 private:
  std::atomic<std::uint64_t> count_ = 0;
  std::atomic<std::int64_t> nanoseconds_ = 0;
};

}  // namespace marquee::api
