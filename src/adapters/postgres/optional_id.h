#pragma once

#include <optional>
#include <string_view>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"

namespace marquee::postgres {

/// An id as text, NULL when there is none.
template <typename Id>
void add_optional_id(ArrayColumn& column, const std::optional<Id>& id) {
  if (id) {
    column.add(std::string_view(id->value()));
  } else {
    column.add_null();
  }
}

template <typename Id>
std::optional<Id> read_optional_id(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return Id(rows.string(row, column));
}

}  // namespace marquee::postgres
