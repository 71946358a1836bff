#include "batch/generate_stage.h"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
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

/// For every user row of the model, the item rows of the viewer's positives in `matrix`, ascending.
std::vector<std::vector<std::uint32_t>> rows_to_exclude(const models::FactorModel& model,
                                                        const models::InteractionMatrix& matrix) {
  std::vector<std::optional<std::uint32_t>> row_of_column(matrix.item_ids.size());
  for (std::size_t column = 0; column < row_of_column.size(); ++column) {
    row_of_column[column] = model.item_row(matrix.item_ids[column]);
  }
  std::vector<std::vector<std::uint32_t>> excluded(model.users().rows());
  std::size_t matrix_row = 0;  // both lists of users ascend
  for (std::size_t user = 0; user < excluded.size(); ++user) {
    const std::string& id = model.users().ids[user];
    while (matrix_row < matrix.user_ids.size() && matrix.user_ids[matrix_row] < id) ++matrix_row;
    if (matrix_row == matrix.user_ids.size() || matrix.user_ids[matrix_row] != id) continue;
    for (auto at = matrix.by_user.starts[matrix_row]; at < matrix.by_user.starts[matrix_row + 1];
         ++at) {
      if (const auto row = row_of_column[matrix.by_user.columns[at]]) {
        excluded[user].push_back(*row);
      }
    }
  }
  return excluded;
}

}  // namespace

Result<std::size_t> generate_stage(const TrainingInput& input, formats::Manifest manifest,
                                   ObjectStore& objects, std::size_t top_n, std::size_t workers) {
  MARQUEE_TRY(const auto model, load_model(objects, manifest));
  const auto excluded = rows_to_exclude(model, input.matrix);
  std::vector<formats::RecommendationRow> lists(model.users().rows());
  models::best_items_of_users(
      model, top_n, workers, [&](std::size_t user) { return std::span(excluded[user]); },
      [&](std::size_t user, const auto& best) {
        lists[user].user_id = UserId(model.users().ids[user]);
        for (const auto& [row, score] : best) {
          lists[user].items.push_back({MovieId(model.items().ids[row]), score});
        }
      });
  MARQUEE_TRY(const auto bytes, formats::write_recommendations(lists));
  MARQUEE_TRY(auto file, put_file(objects, lists_key(manifest), bytes));
  std::erase_if(manifest.files, [&](const auto& known) { return known.key == file.key; });
  manifest.files.push_back(std::move(file));
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return lists.size();
}

}  // namespace marquee::batch
