#include "app/commands/models_report.h"

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "batch/model_store.h"
#include "formats/manifest.h"

namespace marquee::app::commands {
namespace {

using formats::Manifest;

Result<Manifest> load(const Storage& storage, const std::string& version) {
  if (!is_valid_id(version)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is no model version", version)};
  }
  return batch::load_manifest(*storage.objects, ModelVersion(version));
}

/// A manifest's figures by name: counts, then parameters, then metrics.
Manifest::Numbers figures(const Manifest& manifest) {
  Manifest::Numbers all{{"users", static_cast<double>(manifest.rows.users)},
                        {"items", static_cast<double>(manifest.rows.items)},
                        {"interactions", static_cast<double>(manifest.rows.interactions)},
                        {"history_events", static_cast<double>(manifest.input.history_events)},
                        {"log_events", static_cast<double>(manifest.input.log_events)},
                        {"seed", static_cast<double>(manifest.seed)}};
  all.insert(all.end(), manifest.parameters.begin(), manifest.parameters.end());
  all.insert(all.end(), manifest.metrics.begin(), manifest.metrics.end());
  return all;
}

std::optional<double> find(const Manifest::Numbers& numbers, std::string_view name) {
  for (const auto& [known, value] : numbers) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string text(const std::optional<double>& value) {
  if (!value) return "-";
  return std::abs(*value) >= 1'000 || *value == std::round(*value) ? fmt::format("{:.0f}", *value)
                                                                   : fmt::format("{:.6g}", *value);
}

struct Row {
  std::string name;
  std::optional<double> first;
  std::optional<double> second;
};

/// Every figure of either, in the order of the first.
std::vector<Row> side_by_side(const Manifest& first, const Manifest& second) {
  const auto a = figures(first);
  const auto b = figures(second);
  std::vector<Row> rows;
  for (const auto& [name, value] : a) rows.push_back({name, value, find(b, name)});
  for (const auto& [name, value] : b) {
    if (!find(a, name)) rows.push_back({name, std::nullopt, value});
  }
  return rows;
}

void write(JsonWriter& json, const std::optional<double>& value) {
  value ? json.value(*value) : json.null();
}

void print_json(const Manifest& first, const Manifest& second, const std::vector<Row>& rows) {
  JsonWriter json;
  json.begin_object().key("models").begin_array();
  json.value(first.version.value()).value(second.version.value()).end_array();
  json.key("figures").begin_array();
  for (const Row& row : rows) {
    json.begin_object().member("name", row.name).key("values").begin_array();
    write(json, row.first);
    write(json, row.second);
    json.end_array().end_object();
  }
  fmt::print("{}\n", json.end_array().end_object().text());
}

}  // namespace

Result<void> show_model(const Settings& settings, const ModelsOptions& options) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  MARQUEE_TRY(const Manifest manifest, load(*storage, options.version));
  if (options.json) {
    fmt::print("{}\n", formats::to_json(manifest));
    return {};
  }
  MARQUEE_TRY(const auto current, storage->stores->models.current());
  fmt::print("{}{}\n", manifest.version.value(),
             current == manifest.version ? " (in service)" : "");
  fmt::print("created {} by run {}, program {}\n", format_rfc3339(manifest.created_at_ms),
             manifest.run_id, manifest.code_version);
  for (const auto& [name, value] : figures(manifest)) {
    fmt::print("  {:26} {:>14}\n", name, text(value));
  }
  for (const auto& file : manifest.files) fmt::print("  {} ({} bytes)\n", file.key, file.bytes);
  return {};
}

Result<void> compare_models(const Settings& settings, const ModelsOptions& options) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  std::string other = options.other;
  if (other.empty()) {
    MARQUEE_TRY(const auto current, storage->stores->models.current());
    if (!current) {
      return Error{ErrorCode::kFailedPrecondition,
                   "no model is in service: name the other model to compare with"};
    }
    other = current->value();
  }
  MARQUEE_TRY(const Manifest first, load(*storage, options.version));
  MARQUEE_TRY(const Manifest second, load(*storage, other));
  const auto rows = side_by_side(first, second);
  if (options.json) {
    print_json(first, second, rows);
    return {};
  }
  fmt::print("{:26} {:>22} {:>22} {:>12}\n", "", first.version.value(), second.version.value(),
             "difference");
  for (const Row& row : rows) {
    const bool both = row.first && row.second;
    fmt::print("{:26} {:>22} {:>22} {:>12}\n", row.name, text(row.first), text(row.second),
               both ? fmt::format("{:+.6g}", *row.first - *row.second) : "");
  }
  return {};
}

}  // namespace marquee::app::commands
