#include "models/interaction_matrix.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>

namespace marquee::models {
namespace {

enum class Saying : std::uint8_t {
  kPositive,
  kNegative,
  kPositiveRating,
  kNeutralRating,
  kNegativeRating,
  kUndo,
};
constexpr unsigned kSayingBits = 3;

std::optional<Saying> saying_of(const Event& event) {
  const bool positive = is_positive(event);
  const bool negative = is_negative(event.type, event.value);
  if (event.type == EventType::kUndo) {
    return event.undoes ? std::optional(Saying::kUndo) : std::nullopt;
  }
  if (event.type == EventType::kRating) {
    if (positive) return Saying::kPositiveRating;
    return negative ? Saying::kNegativeRating : Saying::kNeutralRating;
  }
  if (positive) return Saying::kPositive;
  return negative ? std::optional(Saying::kNegative) : std::nullopt;
}

bool is_rating(Saying saying) {
  return saying == Saying::kPositiveRating || saying == Saying::kNeutralRating ||
         saying == Saying::kNegativeRating;
}

/// 61 bits of the id's hash: compared only within one viewer's events.
std::uint64_t tag_of(Saying saying, const EventId& id) {
  return keyed_hash(std::as_bytes(std::span(id.bytes()))) << kSayingBits |
         static_cast<std::uint64_t>(saying);
}

Saying saying_in(std::uint64_t tag) {
  return static_cast<Saying>(tag & ((std::uint64_t{1} << kSayingBits) - 1));
}

std::uint64_t fingerprint_in(std::uint64_t tag) { return tag >> kSayingBits; }

/// What one standing event says of one film.
struct Statement {
  std::uint32_t item = 0;
  std::uint32_t position = 0;  // in the viewer's events
  Saying saying = Saying::kPositive;
};

/// `statements` of one film, in order.
bool verdict_is_positive(std::span<const Statement> statements) {
  bool newer_rating = false;
  for (auto s = statements.rbegin(); s != statements.rend(); ++s) {
    if (is_rating(s->saying)) {
      if (newer_rating) continue;
      newer_rating = true;
      if (s->saying == Saying::kNeutralRating) continue;
    }
    return s->saying == Saying::kPositive || s->saying == Saying::kPositiveRating;
  }
  return false;
}

}  // namespace

std::uint32_t InteractionMatrixBuilder::IdTable::intern(const std::string& id) {
  const auto [entry, is_new] = numbers_.try_emplace(id, static_cast<std::uint32_t>(ids_.size()));
  if (is_new) ids_.push_back(entry->first);
  return entry->second;
}

std::vector<std::uint32_t> InteractionMatrixBuilder::IdTable::by_id() const {
  std::vector<std::uint32_t> order(ids_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return ids_[a] < ids_[b]; });
  return order;
}

void InteractionMatrixBuilder::add(const Event& event) {
  const auto saying = saying_of(event);
  if (!saying) return;
  const bool undo = *saying == Saying::kUndo;
  records_.push_back({.user = users_.intern(event.user_id.value()),
                      .item = undo ? 0 : items_.intern(event.movie_id.value()),
                      .tag = tag_of(*saying, undo ? *event.undoes : event.event_id)});
}

/// Items with a standing positive among one viewer's records, given by number in log order.
std::vector<std::uint32_t> InteractionMatrixBuilder::positives_of(
    std::span<const std::uint32_t> records) const {
  std::vector<Statement> statements;
  std::unordered_map<std::uint64_t, std::uint32_t> undone_before;  // fingerprint → last undo
  for (std::uint32_t position = 0; position < records.size(); ++position) {
    const Record& record = records_[records[position]];
    const Saying saying = saying_in(record.tag);
    if (saying == Saying::kUndo) {
      undone_before[fingerprint_in(record.tag)] = position;
    } else {
      statements.push_back({record.item, position, saying});
    }
  }
  if (!undone_before.empty()) {
    std::erase_if(statements, [&](const Statement& s) {
      const auto undo = undone_before.find(fingerprint_in(records_[records[s.position]].tag));
      return undo != undone_before.end() && s.position < undo->second;
    });
  }
  std::sort(statements.begin(), statements.end(), [](const Statement& a, const Statement& b) {
    return a.item != b.item ? a.item < b.item : a.position < b.position;
  });
  std::vector<std::uint32_t> positives;
  for (auto first = statements.begin(); first != statements.end();) {
    const auto last = std::find_if(first, statements.end(),
                                   [&](const Statement& s) { return s.item != first->item; });
    if (verdict_is_positive({first, last})) positives.push_back(first->item);
    first = last;
  }
  return positives;
}

InteractionMatrix InteractionMatrixBuilder::build() const {
  // The records of each user, in log order: a counting sort of their numbers.
  std::vector<std::uint64_t> starts(users_.size() + 1);
  for (const Record& record : records_) ++starts[record.user + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<std::uint32_t> records(records_.size());
  std::vector<std::uint64_t> next(starts.begin(), starts.end() - 1);
  for (std::uint32_t r = 0; r < records_.size(); ++r) records[next[records_[r].user]++] = r;

  InteractionMatrix matrix;
  std::vector<bool> has_positive(items_.size());
  for (const std::uint32_t user : users_.by_id()) {
    const auto positives =
        positives_of(std::span(records).subspan(starts[user], starts[user + 1] - starts[user]));
    if (positives.empty()) continue;
    matrix.user_ids.emplace_back(users_.id_of(user));
    matrix.by_user.columns.insert(matrix.by_user.columns.end(), positives.begin(), positives.end());
    matrix.by_user.starts.push_back(matrix.by_user.columns.size());
    for (const std::uint32_t item : positives) has_positive[item] = true;
  }

  std::vector<std::uint32_t> column_of(items_.size());
  for (const std::uint32_t item : items_.by_id()) {
    if (!has_positive[item]) continue;
    column_of[item] = static_cast<std::uint32_t>(matrix.item_ids.size());
    matrix.item_ids.emplace_back(items_.id_of(item));
  }
  SparseRows& rows = matrix.by_user;
  for (std::uint32_t& column : rows.columns) column = column_of[column];
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto first = rows.columns.begin();
    std::sort(first + static_cast<std::ptrdiff_t>(rows.starts[row]),
              first + static_cast<std::ptrdiff_t>(rows.starts[row + 1]));
  }
  rows.weights.assign(rows.columns.size(), 1.0F);
  matrix.by_item = transpose(rows, matrix.item_ids.size());
  return matrix;
}

SparseRows transpose(const SparseRows& rows, std::size_t column_count) {
  SparseRows result;
  result.starts.assign(column_count + 1, 0);
  for (const std::uint32_t column : rows.columns) ++result.starts[column + 1];
  std::partial_sum(result.starts.begin(), result.starts.end(), result.starts.begin());
  result.columns.resize(rows.columns.size());
  result.weights.resize(rows.weights.size());
  std::vector<std::uint64_t> next(result.starts.begin(), result.starts.end() - 1);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    for (std::uint64_t entry = rows.starts[row]; entry < rows.starts[row + 1]; ++entry) {
      const std::uint64_t target = next[rows.columns[entry]]++;
      result.columns[target] = static_cast<std::uint32_t>(row);
      result.weights[target] = rows.weights[entry];
    }
  }
  return result;
}

}  // namespace marquee::models
