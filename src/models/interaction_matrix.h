#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/event.h"

namespace marquee::models {

/// Sparse rows: row r holds columns[starts[r] .. starts[r+1]), ascending, with their weights.
struct SparseRows {
  std::vector<std::uint64_t> starts{0};
  std::vector<std::uint32_t> columns;
  std::vector<float> weights;

  std::size_t rows() const { return starts.size() - 1; }
  std::span<const std::uint32_t> columns_of(std::size_t row) const {
    return std::span(columns).subspan(starts[row], starts[row + 1] - starts[row]);
  }
  std::span<const float> weights_of(std::size_t row) const {
    return std::span(weights).subspan(starts[row], starts[row + 1] - starts[row]);
  }
  bool operator==(const SparseRows&) const = default;
};

/// Rows become columns; every column of `rows` is below `column_count`.
SparseRows transpose(const SparseRows& rows, std::size_t column_count);

/// Positives by user and by item; what a trainer reads. Ids ascending, so the same events in any
/// order of users give the same matrix. Every user and item has at least one positive.
struct InteractionMatrix {
  std::vector<std::string> user_ids;
  std::vector<std::string> item_ids;
  SparseRows by_user;
  SparseRows by_item;

  bool operator==(const InteractionMatrix&) const = default;
};

/// Collects events into an InteractionMatrix. Feed events in log order.
///
/// A viewer's standing verdict on a film is that of the latest event that speaks of it: positive
/// (is_positive) with weight 1, or negative (is_negative), which removes it. A newer rating takes
/// the place of that viewer's older ratings of the film, also when it is neutral (3 stars): what an
/// older like said then stands again. An undo takes back that viewer's event of the id it names, if
/// it came before; an undo cannot be undone. Other events say nothing.
///
/// Holds 16 bytes an event, at most 2³² of them; build() needs about 20 more for each while it
/// runs. Not thread-safe.
class InteractionMatrixBuilder {
 public:
  InteractionMatrixBuilder() = default;
  InteractionMatrixBuilder(InteractionMatrixBuilder&&) = default;
  InteractionMatrixBuilder& operator=(InteractionMatrixBuilder&&) = default;

  void add(const Event& event);
  InteractionMatrix build() const;

 private:
  /// Ids as small numbers in order of first sight.
  class IdTable {
   public:
    IdTable() = default;
    IdTable(IdTable&&) = default;  // moves the nodes that ids_ points into; a copy would not
    IdTable& operator=(IdTable&&) = default;

    std::uint32_t intern(const std::string& id);
    std::size_t size() const { return ids_.size(); }
    std::string_view id_of(std::uint32_t number) const { return ids_[number]; }
    /// All numbers, by ascending id.
    std::vector<std::uint32_t> by_id() const;

   private:
    std::unordered_map<std::string, std::uint32_t, KeyedStringHash, std::equal_to<>> numbers_;
    std::vector<std::string_view> ids_;  // of the keys above, whose nodes never move
  };

  struct Record {
    std::uint32_t user = 0;
    std::uint32_t item = 0;
    std::uint64_t tag = 0;  // what it says, below a fingerprint of the event id (own or undone)
  };

  std::vector<std::uint32_t> positives_of(std::span<const std::uint32_t> records) const;

  IdTable users_;
  IdTable items_;
  std::deque<Record> records_;  // a vector would hold three times this while it grows
};

}  // namespace marquee::models
