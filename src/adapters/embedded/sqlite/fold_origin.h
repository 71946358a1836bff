#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/fold_origin.h"

namespace marquee::embedded {

/// A row of `meta`, and what the folded state says of its log. `database` must outlive it.
class SqliteFoldOrigin final : public FoldOrigin {
 public:
  explicit SqliteFoldOrigin(SqliteDatabase& database) : database_(database) {}

  Result<std::optional<LogOrigin>> origin() const override;
  Result<void> set_origin(const LogOrigin& origin) override;
  Result<std::vector<FoldedEvent>> last_applied() const override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
