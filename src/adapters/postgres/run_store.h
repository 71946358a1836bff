#pragma once

#include "adapters/postgres/database.h"
#include "ports/run_store.h"

namespace marquee::postgres {

/// Runs in PostgreSQL. Every write locks the lease's row and compares its token, in its own
/// transaction: writers of all processes take their turn. What stages print is stored with U+FFFD
/// where it is no text. `database` must outlive it.
class PostgresRunStore final : public RunStore {
 public:
  explicit PostgresRunStore(PostgresDatabase& database) : database_(database) {}

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
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
