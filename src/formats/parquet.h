#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/ids.h"
#include "domain/offset.h"
#include "domain/recommendation.h"

namespace marquee::formats {

// The Parquet files of the lakehouse (docs/formats/parquet.md), zstd, readable by pandas and Spark.
// The same content gives the same bytes. Readers answer kDataLoss for damaged bytes and for any
// other schema, naming the column. Arrow appears in parquet_*.cpp only. Threads: any, each with its
// own objects.

using ParquetBytes = std::vector<std::byte>;

/// The key-value pairs a file was written with, in order.
using FileMetadata = std::vector<std::pair<std::string, std::string>>;
Result<FileMetadata> read_metadata(std::span<const std::byte> bytes);

/// An event of the archive; imported history has no offset.
struct ArchivedEvent {
  Event event;
  std::optional<Offset> offset;

  bool operator==(const ArchivedEvent&) const = default;
};

/// Writes an events file piece by piece in bounded memory (a row group each 64 Ki rows).
class EventsWriter {
 public:
  /// `metadata`: key-value pairs of the file, such as the offset range.
  static Result<std::unique_ptr<EventsWriter>> make(const FileMetadata& metadata);
  virtual ~EventsWriter() = default;
  virtual Result<void> append(const ArchivedEvent& event) = 0;
  /// The whole file; call once, and nothing after it.
  virtual Result<ParquetBytes> finish() = 0;
};

/// Reads an events file batch by batch, in order, in bounded memory.
class EventsReader {
 public:
  /// `bytes` must outlive it.
  static Result<std::unique_ptr<EventsReader>> open(std::span<const std::byte> bytes);
  virtual ~EventsReader() = default;
  /// The next few thousand events; empty at the end.
  virtual Result<std::vector<ArchivedEvent>> next() = 0;
};

/// Calls back with every event of the file, in order; stops at the first error.
Result<void> read_events(std::span<const std::byte> bytes,
                         const std::function<Result<void>(ArchivedEvent)>& row);

/// item_factors / user_factors: `id_column` ("movie_id" or "user_id") and "factor", a
/// fixed_size_list<float>[k]. values.size() == ids.size()·k, ids strictly ascending, k ≥ 1; else
/// kInvalidArgument.
Result<ParquetBytes> write_factors(const std::string& id_column, std::span<const std::string> ids,
                                   std::span<const float> values, std::size_t k);
struct FactorColumns {
  std::vector<std::string> ids;
  std::vector<float> values;
  std::size_t k = 0;
};
Result<FactorColumns> read_factors(std::span<const std::byte> bytes, const std::string& id_column);

/// recommendations: user_id, rank int16 from 1, movie_id, score float; rows sorted by user, then
/// rank.
struct RecommendationRow {
  UserId user_id;
  std::vector<ScoredMovie> items;  ///< best first

  bool operator==(const RecommendationRow&) const = default;
};

/// Writes a recommendations file viewer by viewer (a row group each 64 Ki rows): beside the file
/// itself its memory does not grow with viewers.
class RecommendationsWriter {
 public:
  static Result<std::unique_ptr<RecommendationsWriter>> make();
  virtual ~RecommendationsWriter() = default;
  /// kInvalidArgument, and nothing is added, unless users strictly ascend and the items are at most
  /// as many as a rank can count. A viewer without items leaves no trace.
  virtual Result<void> append(const RecommendationRow& row) = 0;
  /// The whole file; call once, and nothing after it.
  virtual Result<ParquetBytes> finish() = 0;
};

/// Reads a recommendations file some viewers at a time, in order, in bounded memory.
class RecommendationsReader {
 public:
  /// `bytes` must outlive it.
  static Result<std::unique_ptr<RecommendationsReader>> open(std::span<const std::byte> bytes);
  virtual ~RecommendationsReader() = default;
  /// The next viewers, each with the whole list; empty at the end. After an error nothing more.
  virtual Result<std::vector<RecommendationRow>> next() = 0;
};

/// item_neighbors: movie_id, neighbor_id, weight float; rows by film, each film's in the order
/// given. Films strictly ascending, else kInvalidArgument; one without neighbours leaves no trace.
struct NeighborRow {
  MovieId movie_id;
  std::vector<ScoredMovie> neighbors;  ///< the most alike first; score is the weight

  bool operator==(const NeighborRow&) const = default;
};
Result<ParquetBytes> write_neighbors(std::span<const NeighborRow> rows);
Result<std::vector<NeighborRow>> read_neighbors(std::span<const std::byte> bytes);

}  // namespace marquee::formats
