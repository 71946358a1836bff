#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie.h"

namespace marquee::datasets {

/// A malformed line that was skipped.
struct SkippedLine {
  std::string file;
  std::uint64_t line = 0;
  std::string reason;
};

struct ReadOptions {
  double skipped_share_max = 0.001;  ///< past it reading fails
};

/// Films and interactions from anywhere; streams, so memory does not grow with the interactions.
/// Imported events have ids derived from their content (Uuid::v7_from and stable_hash), so the same
/// data gives the same history every time.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// "MovieLens ml-latest-small", "synthetic"; shown on the page.
  virtual std::string name() const = 0;
  virtual Result<std::vector<Movie>> movies() = 0;
  /// Every interaction once, in the file's order. Stops with the callback's error; with
  /// kDataLoss, naming file, line and reason, when too many lines are malformed.
  virtual Result<void> interactions(const std::function<Result<void>(Event)>& event) = 0;
  /// What movies() and interactions() skipped so far (the first 100 lines; the number of all).
  virtual const std::vector<SkippedLine>& skipped() const = 0;
  virtual std::uint64_t skipped_count() const = 0;
  /// What a person should know of the data besides, a line each: columns that nobody reads, a file
  /// that is missing.
  virtual std::vector<std::string> notes() const { return {}; }
  /// How much of the file being read is behind, 0–1; 0 where nobody knows.
  virtual double share_read() const { return 0; }
};

/// The data set in `directory`, told by its files (layouts.cpp, docs/data.md). kNotFound /
/// kInvalidArgument saying what was looked for.
Result<std::unique_ptr<Dataset>> open_directory(const std::string& directory,
                                                const ReadOptions& options);

struct SyntheticOptions {
  std::uint64_t seed = 7;
  std::size_t movies = 3'000;
  std::size_t users = 1'500;
  std::size_t interactions = 150'000;
};
/// An invented world: titles, years, genres; viewers with tastes that drift and evenings of bursts.
std::unique_ptr<Dataset> make_synthetic(const SyntheticOptions& options);

}  // namespace marquee::datasets
