#pragma once

#include <chrono>
#include <cstdint>

namespace marquee {

/// Where time comes from. Everything that asks the time takes a Clock in its constructor, so that
/// tests and simulations own it. Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Milliseconds since the Unix epoch, UTC. May jump; for what people see and what is stored.
  virtual std::int64_t wall_ms() const = 0;
  /// Never goes back; for time-outs, TTLs and measurements.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

}  // namespace marquee
