#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/uuid.h"
#include "settings/settings.h"

namespace marquee::app {

/// A scratch directory that goes with the test, a small MovieLens data set in it (forty films,
/// thirty viewers of two tastes), and settings for a server on a free port.
class SmallDatasetTest : public ::testing::Test {
 protected:
  SmallDatasetTest()
      : root_(std::filesystem::temp_directory_path() /
              ("marquee_app_" + Uuid::v7(1'000).to_string())) {
    std::filesystem::create_directories(dataset());
    std::ofstream movies(dataset() / "movies.csv");
    movies << "movieId,title,genres\n";
    for (int m = 1; m <= 40; ++m) {
      movies << fmt::format("{},Film {} ({}),{}\n", m, m, 1980 + m,
                            m % 2 == 0 ? "Drama" : "Comedy");
    }
    std::ofstream ratings(dataset() / "ratings.csv");
    ratings << "userId,movieId,rating,timestamp\n";
    for (int u = 1; u <= 30; ++u) {
      for (int i = 0; i < 8; ++i) {
        const int movie = ((u / 2 + i) % 20) * 2 + 1 + u % 2;
        ratings << fmt::format("{},{},5.0,{}\n", u, movie, 1'500'000'000 + u * 1'000 + i);
      }
    }
    loaded_.settings.data_dir = (root_ / "data").string();
    loaded_.settings.server_port = 0;
    loaded_.settings.canary_interval_s = 0;  // tests count events
    loaded_.settings.train_rank = 4;
    loaded_.settings.train_epochs = 4;
  }
  ~SmallDatasetTest() override { std::filesystem::remove_all(root_); }

  std::filesystem::path dataset() const { return root_ / "dataset"; }

  const std::filesystem::path root_;
  LoadedSettings loaded_;
};

}  // namespace marquee::app
