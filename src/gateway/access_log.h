#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "http/filter.h"
#include "telemetry/metrics.h"

namespace marquee::gateway {

/// One request for the access log. Never a query, a token or a cookie.
struct AccessLine {
  std::int64_t wall_ms = 0;
  std::string_view request_id;
  std::string_view client;
  const http::Exchange* exchange = nullptr;
};

/// Appends `line` as one JSON object and a line break.
void append_access_line(std::string& out, const AccessLine& line);

/// The access log: lines gather in memory and a thread of its own writes them, so that a slow disk
/// or terminal holds no request up. When more waits than there is room for, lines are lost and
/// counted (marquee_access_log_dropped_total). Thread-safe.
class AccessLog {
 public:
  /// `where`: "stdout", "stderr" or a file, which is appended to. kPermissionDenied or kNotFound
  /// when it cannot be opened.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& where,
                                                 telemetry::Metrics& metrics);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what waits.
  ~AccessLog();

  /// `connection` spreads the callers over the locks.
  void add(const AccessLine& line, std::uint64_t connection);

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::string lines;
  };

  AccessLog(int file, bool close_it, telemetry::Metrics& metrics);
  void run();
  void write_all();

  const int file_;
  const bool close_it_;
  telemetry::Counter& dropped_;
  std::array<Shard, 4> shards_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace marquee::gateway
