#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/dataset.h"

namespace marquee::datasets {

/// The data set in `directory`; fails the test when it cannot be opened.
inline std::unique_ptr<Dataset> open_or_fail(const std::string& directory,
                                             double skipped_share_max = 0.001) {
  auto dataset = open_directory(directory, {skipped_share_max});
  if (!dataset.ok()) {
    ADD_FAILURE() << dataset.error().message;
    std::abort();
  }
  return std::move(dataset).value();
}

/// Every film of `dataset`, which must be readable.
inline std::vector<Movie> movies_of(Dataset& dataset) {
  auto movies = dataset.movies();
  EXPECT_TRUE(movies.ok()) << movies.error().message;
  return movies.ok() ? std::move(movies).value() : std::vector<Movie>();
}

/// Every interaction of `dataset`, which must be readable.
inline std::vector<Event> events_of(Dataset& dataset) {
  std::vector<Event> events;
  const auto result = dataset.interactions([&events](Event event) -> Result<void> {
    events.push_back(std::move(event));
    return {};
  });
  EXPECT_TRUE(result.ok()) << result.error().message;
  return events;
}

/// "file:line: reason" of everything that was skipped.
inline std::vector<std::string> skipped_of(const Dataset& dataset) {
  std::vector<std::string> lines;
  for (const SkippedLine& line : dataset.skipped()) {
    lines.push_back(line.file + ":" + std::to_string(line.line) + ": " + line.reason);
  }
  return lines;
}

}  // namespace marquee::datasets
