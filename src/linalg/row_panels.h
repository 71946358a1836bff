#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "linalg/aligned.h"

namespace marquee::linalg {

/// The rows of a matrix, ready for products with many queries: in panels of kPanelRows rows side by
/// side, column by column, so that a tile of products stays in registers and a panel in the L1
/// cache while queries pass (Goto and van de Geijn, TOMS 2008). Immutable; thread-safe.
class RowPanels {
 public:
  static constexpr std::size_t kPanelRows = 48;  ///< three vectors of AVX-512, six of AVX2
  static constexpr std::size_t kQueries = 8;     ///< that pass together

  /// The queries that pass, their numbers side by side; zeros where none was set.
  class Queries {
   public:
    explicit Queries(std::size_t k) : numbers_(k * kQueries) {}
    /// query.size() is k, place < kQueries.
    void set(std::size_t place, std::span<const float> query);

   private:
    friend class RowPanels;
    AlignedFloats numbers_;
  };

  /// Rows `order` of `matrix`, in that order; it is row-major with rows of k >= 1 floats.
  RowPanels(std::span<const float> matrix, std::size_t k, std::span<const std::uint32_t> order);

  std::size_t rows() const { return rows_; }
  std::size_t k() const { return k_; }
  /// The last one may have rows of zeros behind the last.
  std::size_t panels() const { return (rows_ + kPanelRows - 1) / kPanelRows; }

  /// out[q][n] = row (first·kPanelRows + n) · query q, for the rows of `count` panels: kQueries
  /// rows of count·kPanelRows floats, on a cache line. A product is the same wherever its row and
  /// its query stand; it may differ from dot() in the last bits, for it is added up in another
  /// order.
  void products(std::size_t first, std::size_t count, const Queries& queries, float* out) const;

 private:
  std::size_t rows_;
  std::size_t k_;
  AlignedFloats numbers_;
};

}  // namespace marquee::linalg
