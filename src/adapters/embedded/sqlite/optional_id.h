#pragma once

#include <optional>
#include <string_view>

#include "adapters/embedded/sqlite/connection.h"

namespace marquee::embedded {

/// An id as text, NULL when there is none.
template <typename Id>
void bind_optional_id(SqliteQuery& query, const std::optional<Id>& id) {
  if (id) {
    query.bind(std::string_view(id->value()));
  } else {
    query.bind_null();
  }
}

template <typename Id>
std::optional<Id> read_optional_id(const SqliteQuery& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return Id(query.string(column));
}

}  // namespace marquee::embedded
