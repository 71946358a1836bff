#include "batch/generate_stage.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/time_text.h"
#include "batch/model_store.h"
#include "formats/parquet.h"
#include "models/item_scores.h"

namespace marquee::batch {
namespace {

constexpr std::string_view kListsSuffix = ".parquet";

std::string lists_key(const formats::Manifest& manifest) {
  const CivilDate date = civil_date(manifest.created_at_ms);
  return fmt::format("batch-recs-history/{:04}-{:02}-{:02}/{}{}", date.year, date.month, date.day,
                     manifest.version.value(), kListsSuffix);
}

/// What viewers have positives for, in rows of a model.
class SeenItems {
 public:
  SeenItems(const models::FactorModel& model, const models::InteractionMatrix& matrix)
      : model_(model), matrix_(matrix), row_of_column_(matrix.item_ids.size()) {
    for (std::size_t column = 0; column < row_of_column_.size(); ++column) {
      row_of_column_[column] = model.item_row(matrix.item_ids[column]);
    }
  }

  /// Item rows, ascending, of the model's user row `user`; for users in ascending order.
  std::vector<std::uint32_t> of(std::size_t user) {
    const std::string& id = model_.users().ids[user];
    const std::vector<std::string>& known = matrix_.user_ids;  // ascend, as the model's do
    while (matrix_row_ < known.size() && known[matrix_row_] < id) ++matrix_row_;
    std::vector<std::uint32_t> rows;
    if (matrix_row_ == known.size() || known[matrix_row_] != id) return rows;
    for (const std::uint32_t column : matrix_.by_user.columns_of(matrix_row_)) {
      if (const auto row = row_of_column_[column]) rows.push_back(*row);
    }
    return rows;
  }

 private:
  const models::FactorModel& model_;
  const models::InteractionMatrix& matrix_;
  std::vector<std::optional<std::uint32_t>> row_of_column_;
  std::size_t matrix_row_ = 0;
};

/// The lists of some of the model's users, in their order, into the file.
Result<void> append_lists(const models::FactorModel& model, models::UserRows users, SeenItems& seen,
                          const GenerateOptions& options, formats::RecommendationsWriter& file) {
  std::vector<std::vector<std::uint32_t>> left_out(users.count);
  for (std::size_t n = 0; n < users.count; ++n) left_out[n] = seen.of(users.first + n);
  std::vector<std::vector<linalg::Scored>> lists(users.count);
  models::best_items_of_users(
      model, users, options.top_n, options.workers,
      [&](std::size_t n) { return std::span(left_out[n]); },
      [&](std::size_t n, std::vector<linalg::Scored> best) { lists[n] = std::move(best); });
  for (std::size_t n = 0; n < users.count; ++n) {
    formats::RecommendationRow row{UserId(model.users().ids[users.first + n]), {}};
    row.items.reserve(lists[n].size());
    for (const auto& [item, score] : lists[n]) {
      row.items.push_back({MovieId(model.items().ids[item]), score});
    }
    MARQUEE_CHECK(file.append(row));
  }
  return {};
}

}  // namespace

Result<std::size_t> generate_stage(const TrainingInput& input, formats::Manifest manifest,
                                   ObjectStore& objects, const GenerateOptions& options) {
  MARQUEE_TRY(const auto model, load_model(objects, manifest));
  MARQUEE_TRY(const auto lists, formats::RecommendationsWriter::make());
  SeenItems seen(model, input.matrix);
  const std::size_t viewers = model.users().rows();
  for (std::size_t first = 0; first < viewers; first += options.viewers_at_once) {
    const models::UserRows users{first, std::min(options.viewers_at_once, viewers - first)};
    MARQUEE_CHECK(append_lists(model, users, seen, options, *lists));
  }
  MARQUEE_TRY(const auto bytes, lists->finish());
  MARQUEE_TRY(auto file, put_file(objects, lists_key(manifest), bytes));
  std::erase_if(manifest.files, [&](const auto& known) { return known.key == file.key; });
  manifest.files.push_back(std::move(file));
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return viewers;
}

}  // namespace marquee::batch
