#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/run_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A RunStore in vectors. Thread-safe.
class FakeRunStore final : public RunStore, public FailureInjection {
 public:
  Result<std::optional<Lease>> acquire(const std::string& holder, std::int64_t ttl_ms,
                                       std::int64_t now_ms) override;
  Result<Lease> renew(std::uint64_t token, std::int64_t ttl_ms, std::int64_t now_ms) override;
  Result<void> release(std::uint64_t token) override;
  Result<std::optional<Lease>> lease() const override;

  Result<void> create(std::uint64_t token, const Run& run) override;
  Result<void> update(std::uint64_t token, const Run& run) override;
  Result<void> put_stage(std::uint64_t token, const std::string& run_id,
                         const StageAttempt& attempt) override;
  Result<void> append_log(std::uint64_t token, const std::string& run_id,
                          std::span<const RunLogLine> lines) override;
  Result<void> set_dealt_until(std::uint64_t token, const std::string& pipeline,
                               std::int64_t ms) override;
  Result<void> prune(std::uint64_t token, const std::string& pipeline, std::size_t keep) override;

  Result<std::optional<Run>> find(const std::string& run_id) const override;
  Result<RunPage> list(std::optional<RunStatus> status, std::optional<std::uint64_t> before,
                       std::size_t limit) const override;
  Result<std::optional<Run>> active(const std::string& pipeline) const override;
  Result<std::vector<StageAttempt>> stages(const std::string& run_id) const override;
  Result<std::vector<RunLogLine>> log(const std::string& run_id,
                                      const std::optional<std::string>& stage, std::uint64_t after,
                                      std::size_t limit) const override;
  Result<std::optional<std::int64_t>> dealt_until(const std::string& pipeline) const override;
  Result<std::optional<std::int64_t>> last_success(const std::string& pipeline) const override;

 private:
  struct Entry {
    std::uint64_t place = 0;  ///< in the list, as given at its creation
    Run run;
    std::vector<StageAttempt> stages;
    std::vector<RunLogLine> lines;
    std::uint64_t lines_ever = 0;
  };

  Result<void> may_write(std::uint64_t token) const;
  /// kConflict when `run` would be the second active one of its pipeline.
  Result<void> may_be_active(const Run& run) const;
  Result<Entry*> entry(const std::string& run_id);
  const Entry* look(const std::string& run_id) const;

  mutable std::mutex mutex_;
  std::optional<Lease> lease_;
  std::uint64_t runs_ever_ = 0;
  std::vector<Entry> entries_;  ///< oldest first
  std::map<std::string, std::int64_t> dealt_until_;
};

}  // namespace marquee::testing
