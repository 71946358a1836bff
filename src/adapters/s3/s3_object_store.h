#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/s3/s3_address.h"
#include "adapters/s3/s3_runtime.h"
#include "base/circuit_breaker.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/object_store.h"
#include "telemetry/metrics.h"

namespace marquee::s3 {

/// The lakehouse in a bucket. An object is what was put into it whole: S3 shows a put, of one
/// request or of many parts, when it is complete. get() compares the object's ETag before and
/// after, since a read takes several requests, and begins anew when it was replaced meanwhile.
///
/// Retries happen in one layer, the client's: a request three times, no longer than the operation's
/// deadline for small objects; a large one begins no further part behind the deadline. Failures in
/// a row open the breaker; then every call is kUnavailable at once until a probe succeeds.
///
/// Errors beside the port's: kUnavailable, kFailedPrecondition (no such bucket), kPermissionDenied.
/// An empty "directory" object that other programs make is no object of ours and is not listed; the
/// client leaves one where the last object of a folder was removed. Threads: any.
class S3ObjectStore final : public ObjectStore {
 public:
  struct Options {
    std::chrono::milliseconds deadline{30'000};
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds request_timeout{6'000};  ///< without a byte coming or going
    int attempts = 3;                                  ///< at one request
    CircuitBreaker::Options breaker;
  };
  /// Asks nobody yet: a server that is away is found by the first call. Without credentials the
  /// client looks for them where Amazon's tools do (environment, files, the machine's role).
  /// `clock` must outlive it, and an S3Runtime in main() must outlive both.
  static Result<std::unique_ptr<S3ObjectStore>> open(
      S3Address address, const std::optional<S3Credentials>& credentials, const Clock& clock,
      const Options& options);
  ~S3ObjectStore() override;

  Result<void> put(std::string_view key, std::span<const std::byte> bytes) override;
  Result<std::vector<std::byte>> get(std::string_view key) const override;
  Result<std::vector<std::string>> list(std::string_view prefix) const override;
  Result<void> remove(std::string_view key) override;

  /// Ok while the breaker is closed, else kUnavailable with the last failure.
  Result<void> health() const;
  /// marquee_s3_*. `metrics` must outlive it.
  void report_to(telemetry::Metrics& metrics);

 private:
  class Impl;
  explicit S3ObjectStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::s3
