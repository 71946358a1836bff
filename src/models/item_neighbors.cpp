#include "models/item_neighbors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "formats/parquet.h"
#include "linalg/best_products.h"
#include "linalg/vector_ops.h"

namespace marquee::models {
namespace {

/// The item vectors, each of length one; a vector of zeros stays as it is.
std::vector<float> unit_vectors(const FactorTable& items) {
  std::vector<float> units = items.values;
  for (std::size_t row = 0; row < items.rows(); ++row) {
    const float length = std::sqrt(linalg::dot(items.row(row), items.row(row)));
    if (!(length > 0)) continue;
    for (std::size_t d = 0; d < items.k; ++d) units[row * items.k + d] /= length;
  }
  return units;
}

using RowOf = std::unordered_map<std::string_view, std::uint32_t, KeyedStringHash>;

Error bad_neighbor(const FactorModel& model, const MovieId& movie, const std::string& why) {
  return Error{ErrorCode::kDataLoss,
               fmt::format("{} of model '{}': film '{}' {}", kItemNeighborsFile,
                           model.version().value(), movie.value(), why)};
}

Result<std::uint32_t> row_of(const FactorModel& model, const RowOf& rows, const MovieId& movie) {
  const auto found = rows.find(movie.value());
  if (found != rows.end()) return found->second;
  return bad_neighbor(model, movie, "is not one of the model");
}

}  // namespace

ItemNeighbors::ItemNeighbors(std::vector<std::uint64_t> starts, std::vector<Neighbor> neighbors)
    : starts_(std::move(starts)), neighbors_(std::move(neighbors)) {}

ItemNeighbors nearest_items(const FactorModel& model, std::size_t count, std::size_t workers) {
  const std::vector<float> units = unit_vectors(model.items());
  std::vector<std::uint32_t> itself(model.items().rows());
  std::iota(itself.begin(), itself.end(), 0U);
  std::vector<std::vector<linalg::Scored>> best(itself.size());
  linalg::best_products(
      units, units, model.k(), count, workers,
      [&](std::size_t row) { return std::span(itself).subspan(row, 1); },
      [&](std::size_t row, std::vector<linalg::Scored> nearest) {
        best[row] = std::move(nearest);
      });
  std::vector<std::uint64_t> starts{0};
  std::vector<ItemNeighbors::Neighbor> neighbors;
  for (const auto& row : best) {
    for (const linalg::Scored& item : row) {
      if (item.score > 0) neighbors.push_back({item.index, std::min(item.score, 1.0F)});
    }
    starts.push_back(neighbors.size());
  }
  return {std::move(starts), std::move(neighbors)};
}

Result<std::vector<std::byte>> encode_neighbors(const FactorModel& model,
                                                const ItemNeighbors& neighbors) {
  const std::vector<std::string>& ids = model.items().ids;
  std::vector<formats::NeighborRow> rows;
  rows.reserve(ids.size());
  for (std::uint32_t row = 0; row < ids.size(); ++row) {
    rows.push_back({MovieId(ids[row]), {}});
    for (const ItemNeighbors::Neighbor& neighbor : neighbors.of(row)) {
      rows.back().neighbors.push_back({MovieId(ids[neighbor.row]), neighbor.weight});
    }
  }
  return formats::write_neighbors(rows);
}

Result<ItemNeighbors> decode_neighbors(const FactorModel& model, std::span<const std::byte> bytes) {
  auto read = formats::read_neighbors(bytes);
  if (!read.ok()) return read.error().with_context(kItemNeighborsFile);
  const std::vector<std::string>& ids = model.items().ids;
  RowOf rows(ids.size());
  for (std::uint32_t row = 0; row < ids.size(); ++row) rows.emplace(ids[row], row);

  std::vector<std::uint64_t> starts{0};
  std::vector<ItemNeighbors::Neighbor> neighbors;
  for (const formats::NeighborRow& film : *read) {  // both ascend by id
    MARQUEE_TRY(const std::uint32_t row, row_of(model, rows, film.movie_id));
    starts.resize(row + std::size_t{1}, neighbors.size());
    float ceiling = 1.0F;
    for (const ScoredMovie& neighbor : film.neighbors) {
      MARQUEE_TRY(const std::uint32_t other, row_of(model, rows, neighbor.movie_id));
      if (other == row) return bad_neighbor(model, film.movie_id, "is its own neighbour");
      if (!(neighbor.score > 0 && neighbor.score <= ceiling)) {  // NaN fails too
        return bad_neighbor(model, film.movie_id,
                            fmt::format("has a neighbour of weight {}, want more than 0 and at "
                                        "most {}",
                                        neighbor.score, ceiling));
      }
      ceiling = neighbor.score;
      neighbors.push_back({other, neighbor.score});
    }
  }
  starts.resize(ids.size() + 1, neighbors.size());
  return ItemNeighbors(std::move(starts), std::move(neighbors));
}

}  // namespace marquee::models
