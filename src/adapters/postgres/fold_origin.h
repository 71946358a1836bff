#pragma once

#include "adapters/postgres/database.h"
#include "ports/fold_origin.h"

namespace marquee::postgres {

/// The table `fold_origins`, and what the folded state says of its log. `database` must outlive it.
class PostgresFoldOrigin final : public FoldOrigin {
 public:
  explicit PostgresFoldOrigin(PostgresDatabase& database) : database_(database) {}

  Result<std::optional<LogOrigin>> origin() const override;
  Result<void> set_origin(const LogOrigin& origin) override;
  Result<std::vector<FoldedEvent>> last_applied() const override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
