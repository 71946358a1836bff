#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee::formats {

/// What a trained model is made of and where it comes from: models/<version>/manifest.json
/// (docs/formats/manifest.md), written last, so that a model exists when its manifest does.
struct Manifest {
  static constexpr std::int64_t kSchema = 2;

  struct File {
    std::string key;  ///< in the object store
    std::string sha256;
    std::uint64_t bytes = 0;

    bool operator==(const File&) const = default;
  };
  /// What was read to make the model.
  struct Input {
    std::uint64_t history_events = 0;  ///< imported
    std::uint64_t log_events = 0;
    std::string log_end;  ///< where the next run would go on: an offset, or several with commas

    bool operator==(const Input&) const = default;
  };
  struct Rows {
    std::uint64_t users = 0;
    std::uint64_t items = 0;
    std::uint64_t interactions = 0;

    bool operator==(const Rows&) const = default;
  };
  using Numbers = std::vector<std::pair<std::string, double>>;  ///< by name, in the writer's order

  ModelVersion version;
  std::int64_t created_at_ms = 0;
  std::string run_id;
  std::uint64_t seed = 0;
  Numbers parameters;
  std::vector<File> files;
  Input input;
  Rows rows;
  Numbers metrics;  ///< empty until the model is evaluated
  std::string code_version;

  bool operator==(const Manifest&) const = default;
};

/// The manifest as JSON, members in the document's order, the checksum of all of it last. NaN and
/// infinities become null.
std::string to_json(const Manifest& manifest);

/// Reads what to_json wrote, and schema 1, which had no checksum; unknown members are ignored (a
/// newer writer of the same schema), a null number is NaN. kDataLoss, naming the member, when it is
/// no manifest, when its checksum does not hold, or when it is of a newer schema.
Result<Manifest> parse_manifest(std::string_view json);

}  // namespace marquee::formats
