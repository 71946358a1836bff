#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace marquee::bench {

/// Durations, and what is asked of them.
class Latencies {
 public:
  void add(std::chrono::nanoseconds duration) {
    ms_.push_back(std::chrono::duration<double, std::milli>(duration).count());
  }
  std::size_t size() const { return ms_.size(); }
  /// By nearest rank, in milliseconds; 0 of none.
  double at(double quantile) const;

 private:
  mutable std::vector<double> ms_;
};

/// The bare disk: appends of `bytes` to a file in `directory`, each synced (fdatasync) before the
/// next, for about `duration`. What an acknowledged event cannot be quicker than.
Latencies bare_fdatasync(const std::string& directory, std::size_t bytes,
                         std::chrono::milliseconds duration);

}  // namespace marquee::bench
