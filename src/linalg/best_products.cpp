#include "linalg/best_products.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/parallel_for.h"
#include "linalg/row_panels.h"

namespace marquee::linalg {
namespace {

/// Panels that stay in the L2 cache while all queries of a pass are multiplied with them, and their
/// products with kQueries of those in L1.
constexpr std::size_t kPanelsAtOnce = 5;
constexpr std::size_t kQueries = RowPanels::kQueries;
/// Of kQueries each, in a pass: the rows of a large matrix come from memory once for all of them.
constexpr std::size_t kGroupsMax = 4;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// More than what products too small for a float can add up to.
constexpr double kUnderflow = std::numeric_limits<float>::min();

double length_of(std::span<const float> row) {
  double square = 0;
  for (const float value : row) square += double{value} * double{value};
  return std::isnan(square) ? kInfinity : std::sqrt(square);
}

/// Above ‖query‖ by more than any rounding of a product of its k numbers.
double length_bound(std::span<const float> query) {
  return length_of(query) * (1 + static_cast<double>(query.size()) * 0x1p-22);
}

/// The rows of a matrix, the longest first.
struct SortedRows {
  std::vector<double> lengths;          ///< descending
  std::vector<std::uint32_t> row_at;    ///< by place
  std::vector<std::uint32_t> place_of;  ///< by row
  RowPanels panels;

  static SortedRows of(std::span<const float> matrix, std::size_t k) {
    const std::size_t rows = matrix.size() / k;
    std::vector<double> length_of_row(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      length_of_row[row] = length_of(matrix.subspan(row * k, k));
    }
    std::vector<std::uint32_t> row_at(rows);
    std::iota(row_at.begin(), row_at.end(), 0U);
    std::sort(row_at.begin(), row_at.end(), [&](std::uint32_t a, std::uint32_t b) {
      return length_of_row[a] != length_of_row[b] ? length_of_row[a] > length_of_row[b] : a < b;
    });
    std::vector<double> lengths(rows);
    std::vector<std::uint32_t> place_of(rows);
    for (std::uint32_t place = 0; place < rows; ++place) {
      lengths[place] = length_of_row[row_at[place]];
      place_of[row_at[place]] = place;
    }
    RowPanels panels(matrix, k, row_at);
    return {std::move(lengths), std::move(row_at), std::move(place_of), std::move(panels)};
  }
};

/// One query's way through the rows.
class Search {
 public:
  Search(const SortedRows& rows, std::span<const float> query, std::size_t count,
         std::span<const std::uint32_t> left_out)
      : rows_(rows), length_(length_bound(query)), best_(count), enough_(count + count / 4) {
    places_left_out_.reserve(left_out.size());
    for (const std::uint32_t row : left_out) places_left_out_.push_back(rows.place_of[row]);
    std::sort(places_left_out_.begin(), places_left_out_.end());
  }

  /// None of the rows from `place` on can be among the best.
  bool ends_at(std::size_t place) const {
    return length_ * rows_.lengths[place] + kUnderflow < double{best_.threshold()};
  }

  /// `products` are those of the rows from `first` on.
  void offer(std::size_t first, std::span<float> products) {
    const std::size_t end = first + products.size();
    for (; passed_ < places_left_out_.size() && places_left_out_[passed_] < end; ++passed_) {
      products[places_left_out_[passed_] - first] = -std::numeric_limits<float>::infinity();
    }
    best_.offer(products, std::span(rows_.row_at).subspan(first, products.size()));
    if (best_.waiting() >= enough_) best_.keep_best();
  }

  std::vector<Scored> take() { return best_.take(); }

 private:
  const SortedRows& rows_;
  double length_;
  TopK best_;
  std::size_t enough_;  ///< waiting for the threshold to rise so far that it is worth a selection
  std::vector<std::uint32_t> places_left_out_;  // ascending
  std::size_t passed_ = 0;                      // of those
};

/// The queries that pass together, of one worker.
class Pass {
 public:
  explicit Pass(const SortedRows& rows)
      : rows_(rows),
        groups_(kGroupsMax, RowPanels::Queries(rows.panels.k())),
        products_(kQueries * kPanelsAtOnce * RowPanels::kPanelRows) {}

  void add(std::span<const float> query, std::size_t count,
           std::span<const std::uint32_t> left_out) {
    groups_[searches_.size() / kQueries].set(searches_.size() % kQueries, query);
    searches_.emplace_back(rows_, query, std::min(count, rows_.row_at.size()), left_out);
  }

  /// In the order in which they were added; there is none to pass afterwards.
  std::vector<Search> run() {
    bool is_over = false;
    for (std::size_t panel = 0; panel < rows_.panels.panels() && !is_over; panel += kPanelsAtOnce) {
      is_over = true;
      for (std::size_t query = 0; query < searches_.size(); query += kQueries) {
        if (!multiply(panel, query)) is_over = false;
      }
    }
    return std::exchange(searches_, {});
  }

 private:
  /// True when there was nothing to do any more.
  bool multiply(std::size_t panel, std::size_t query) {
    const std::size_t panels = std::min(kPanelsAtOnce, rows_.panels.panels() - panel);
    const std::size_t stride = panels * RowPanels::kPanelRows;
    const std::size_t first = panel * RowPanels::kPanelRows;
    const std::size_t there = std::min(stride, rows_.panels.rows() - first);
    const auto group =
        std::span(searches_).subspan(query, std::min(kQueries, searches_.size() - query));
    if (std::all_of(group.begin(), group.end(),
                    [first](const Search& search) { return search.ends_at(first); })) {
      return true;
    }
    rows_.panels.products(panel, panels, groups_[query / kQueries], products_.data());
    for (std::size_t q = 0; q < group.size(); ++q) {
      if (group[q].ends_at(first)) continue;
      group[q].offer(first, std::span(products_).subspan(q * stride, there));
    }
    return false;
  }

  const SortedRows& rows_;
  std::vector<RowPanels::Queries> groups_;
  std::vector<Search> searches_;
  AlignedFloats products_;
};

}  // namespace

void best_products(std::span<const float> matrix, std::span<const float> queries, std::size_t k,
                   std::size_t count, std::size_t workers, const LeftOut& left_out,
                   const TakeBest& take) {
  workers = std::max<std::size_t>(1, workers);
  const SortedRows rows = SortedRows::of(matrix, k);
  const std::size_t total = queries.size() / k;
  // Fewer where all workers would not have some.
  const std::size_t groups =
      std::clamp<std::size_t>(total / (4 * workers * kQueries), 1, kGroupsMax);
  const std::size_t at_once = groups * kQueries;
  std::vector<Pass> passes(workers, Pass(rows));
  parallel_for(workers, (total + at_once - 1) / at_once, 1, [&](std::size_t worker, std::size_t n) {
    const std::size_t begin = n * at_once;
    const std::size_t end = std::min(begin + at_once, total);
    for (std::size_t query = begin; query < end; ++query) {
      passes[worker].add(queries.subspan(query * k, k), count, left_out(query));
    }
    std::vector<Search> searches = passes[worker].run();
    for (std::size_t query = begin; query < end; ++query) {
      take(query, searches[query - begin].take());
    }
  });
}

}  // namespace marquee::linalg
