#include "gateway/access_log.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/thread_role.h"
#include "base/time_text.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kWaitingBytesMax = 1 << 20;  ///< of each shard
constexpr std::chrono::milliseconds kWriteEvery{200};

}  // namespace

void append_access_line(std::string& out, const AccessLine& line) {
  const http::Exchange& exchange = *line.exchange;
  fmt::format_to(std::back_inserter(out),
                 R"({{"time":"{}","request_id":"{}","client":"{}","method":"{}","path":{},)"
                 R"("status":{},"bytes_in":{},"bytes_out":{},"seconds":{:.6f}}})"
                 "\n",
                 format_rfc3339(line.wall_ms), line.request_id, line.client, exchange.method,
                 json_quote(exchange.path), exchange.status, exchange.bytes_in, exchange.bytes_out,
                 exchange.seconds);
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& where,
                                                   telemetry::Metrics& metrics) {
  int file = where == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
  const bool named = where != "stdout" && where != "stderr";
  if (named) {
    constexpr int kMode = 0640;
    file = ::open(where.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  }
  if (file < 0) {
    return Error{errno == EACCES ? ErrorCode::kPermissionDenied : ErrorCode::kNotFound,
                 "cannot open the access log " + where + ": " + std::strerror(errno) +
                     "; name a file in a directory that may be written"};
  }
  return std::unique_ptr<AccessLog>(new AccessLog(file, named, metrics));  // NOLINT: private
}

AccessLog::AccessLog(int file, bool close_it, telemetry::Metrics& metrics)
    : file_(file),
      close_it_(close_it),
      dropped_(
          metrics.counter("marquee_access_log_dropped_total",
                          "Lines of the access log that were lost because writing was slower")),
      thread_([this] { run(); }) {}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
  if (close_it_) ::close(file_);
}

void AccessLog::add(const AccessLine& line, std::uint64_t connection) {
  Shard& shard = shards_[connection % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  if (shard.lines.size() > kWaitingBytesMax) return dropped_.add();
  append_access_line(shard.lines, line);
}

void AccessLog::run() {
  take_role("access-log", ThreadRole::kBackground);
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool last = ended_.wait_for(lock, kWriteEvery, [this] { return ending_; });
    write_all();
    if (last) return;
  }
}

void AccessLog::write_all() {
  std::string lines;
  for (Shard& shard : shards_) {
    lines.clear();
    {
      const std::lock_guard lock(shard.mutex);
      std::swap(lines, shard.lines);
    }
    std::string_view rest = lines;
    while (!rest.empty()) {
      const ssize_t written = ::write(file_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {  // a full disk or a closed pipe: serving goes on
        dropped_.add(static_cast<double>(std::count(rest.begin(), rest.end(), '\n')));
        break;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace marquee::gateway
