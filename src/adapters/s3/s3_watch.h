#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/s3/s3_address.h"
#include "base/result.h"

namespace marquee::s3 {

/// Whether anybody answers where the lakehouse is. Serving asks S3 for nothing between two models,
/// so without this an operator would hear of a server that is away from the nightly run. A thread
/// connects every interval; a server without TLS must also begin an HTTP answer, to a request
/// without a key, whatever it says. No client library: their time-outs are between two bytes, so
/// that a server of one byte a second would hold up whoever ends this. Threads: any.
class S3Watch {
 public:
  struct Options {
    std::chrono::milliseconds interval{2'000};
    std::chrono::milliseconds answer_timeout{1'000};  ///< from connecting to the status line
  };
  S3Watch(S3Address address, Options options);
  ~S3Watch();
  S3Watch(const S3Watch&) = delete;
  S3Watch& operator=(const S3Watch&) = delete;

  /// Ok before the first look, else how the last one went (kUnavailable). From memory.
  Result<void> health() const;

 private:
  void run(const std::stop_token& stop);

  const S3Address address_;
  const Options options_;
  mutable std::mutex mutex_;
  Result<void> seen_;
  std::condition_variable_any sleeping_;
  std::jthread thread_;  ///< last: ends before what it uses
};

/// One look, on the caller's thread.
Result<void> look_at_s3(const S3Address& address, std::chrono::milliseconds timeout);

}  // namespace marquee::s3
