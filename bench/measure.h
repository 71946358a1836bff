#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::bench {

using SteadyClock = std::chrono::steady_clock;

inline double ms_since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

/// The smallest value that at least a share `q` of `values` does not exceed; 0 of nothing.
inline double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  return values[rank];
}

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    fmt::print(stderr, "bench: {}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// What the disk itself takes: writes into a file of zeros, each followed by fdatasync.
class BareDisk {
 public:
  explicit BareDisk(const std::string& path)
      : file_(must(embedded::posix_disk().open(path, embedded::Disk::Open::kCreate))) {
    must(file_->write_at(0, std::vector<std::byte>(kBytes)));
    must(file_->sync());
  }

  /// Milliseconds of one durable write of `bytes`.
  double write(std::span<const std::byte> bytes) {
    if (position_ + bytes.size() > kBytes) position_ = 0;
    const auto start = SteadyClock::now();
    must(file_->write_at(position_, bytes));
    must(file_->sync());
    position_ += (bytes.size() + 7) / 8 * 8;
    return ms_since(start);
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{16} << 20U;

  std::unique_ptr<embedded::File> file_;
  std::size_t position_ = 0;
};

/// "load average 3.1 of 2 CPUs": what else the machine was doing.
inline std::string machine_load() {
  std::array<double, 1> load{};
  (void)getloadavg(load.data(), 1);
  return fmt::format("load average {:.1f} on {} CPUs", load[0],
                     std::thread::hardware_concurrency());
}

}  // namespace marquee::bench
