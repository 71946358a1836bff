#include "bench/load/latencies.h"

#include <algorithm>
#include <cmath>

#include <fcntl.h>
#include <unistd.h>

namespace marquee::bench {

double Latencies::at(double quantile) const {
  if (ms_.empty()) return 0;
  std::sort(ms_.begin(), ms_.end());
  const auto rank = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(ms_.size())));
  return ms_[std::clamp<std::size_t>(rank, 1, ms_.size()) - 1];
}

Latencies bare_fdatasync(const std::string& directory, std::size_t bytes,
                         std::chrono::milliseconds duration) {
  Latencies latencies;
  const std::string path = directory + "/bare-fdatasync";
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return latencies;
  // The log's segments have their space from the start too.
  if (::posix_fallocate(file, 0, 64 << 20) != 0) ::ftruncate(file, 64 << 20);
  ::fsync(file);
  const std::vector<char> content(bytes, 'x');
  off_t at = 0;
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
    const auto begin = std::chrono::steady_clock::now();
    if (::pwrite(file, content.data(), content.size(), at) < 0 || ::fdatasync(file) != 0) break;
    latencies.add(std::chrono::steady_clock::now() - begin);
    at = (at + static_cast<off_t>(bytes)) % (63 << 20);
  }
  ::close(file);
  ::unlink(path.c_str());
  return latencies;
}

}  // namespace marquee::bench
