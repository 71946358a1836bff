#include "batch/gate.h"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "batch/evaluate_stage.h"

namespace marquee::batch {
namespace {

constexpr double kCoverageMin = 0.95;
constexpr double kInCatalogueMin = 0.5;
constexpr double kNdcgLossMax = 0.02;  // of the NDCG@100 of the model in service

Error refused(const formats::Manifest& manifest, const std::string& why) {
  return Error{ErrorCode::kRefused, fmt::format("{} {}", manifest.version.value(), why)};
}

std::optional<double> metric(const formats::Manifest& manifest, std::string_view name) {
  for (const auto& [known, value] : manifest.metrics) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Result<void> check_coverage(const formats::Manifest& manifest, std::string_view what,
                            std::uint64_t covered, std::uint64_t before,
                            const ModelVersion& in_service) {
  if (static_cast<double>(covered) >= static_cast<double>(before) * kCoverageMin) return {};
  return refused(manifest, fmt::format("covers {} {}, {} in service covers {}: less than 95 %",
                                       covered, what, in_service.value(), before));
}

/// Whether a difference whose interval ends at `high` is surely a loss against `other`.
bool is_worse(double high, double other) { return high < -kNdcgLossMax * other; }

Result<void> check_quality(const formats::Manifest& manifest) {
  const auto ours = metric(manifest, kCandidateNdcg);
  const auto theirs = metric(manifest, kBaselineNdcg);
  const auto high = metric(manifest, kGainHigh);
  if (ours && theirs && high && is_worse(*high, *theirs)) {
    return refused(manifest,
                   fmt::format("is worse than the model in service: NDCG@100 {:.4f} against {:.4f} "
                               "on the same {} viewers (95 % interval of the difference {:.4f} to "
                               "{:.4f})",
                               *ours, *theirs, metric(manifest, "held_out_users").value_or(0),
                               metric(manifest, kGainLow).value_or(0), *high));
  }
  const auto artifact = metric(manifest, kArtifactNdcg);
  const auto artifact_high = metric(manifest, kArtifactGainHigh);
  if (ours && artifact && artifact_high && is_worse(*artifact_high, *ours)) {
    return refused(
        manifest,
        fmt::format("does not know its viewers: NDCG@100 {:.4f}, and {:.4f} of a model of "
                    "its parameters that never saw them; train it again",
                    *artifact, *ours));
  }
  return {};
}

/// How many of `wanted` stand in `known`; both ascend.
std::uint64_t count_known(const std::vector<std::string>& wanted,
                          const std::vector<std::string>& known) {
  std::uint64_t count = 0;
  auto at = known.begin();
  for (const std::string& id : wanted) {
    while (at != known.end() && *at < id) ++at;
    count += at != known.end() && *at == id;
  }
  return count;
}

}  // namespace

const formats::Manifest::File* lists_of(const formats::Manifest& manifest) {
  for (const auto& file : manifest.files) {
    if (file.key.starts_with("batch-recs-history/")) return &file;
  }
  return nullptr;
}

Result<void> check_gate(const formats::Manifest& manifest, const formats::Manifest* in_service) {
  if (lists_of(manifest) == nullptr) {
    return refused(manifest, "has no lists yet: run batch generate first");
  }
  return check_measurements(manifest, in_service);
}

Result<void> check_measurements(const formats::Manifest& manifest,
                                const formats::Manifest* in_service) {
  for (const auto& [name, value] : manifest.metrics) {
    if (!std::isfinite(value)) return refused(manifest, fmt::format("has no number as {}", name));
  }
  if (in_service == nullptr || in_service->version == manifest.version) return {};
  if (manifest.metrics.empty()) {
    return refused(manifest, "was not measured: run batch evaluate first");
  }
  MARQUEE_CHECK(check_coverage(manifest, "viewers", manifest.rows.users, in_service->rows.users,
                               in_service->version));
  MARQUEE_CHECK(check_coverage(manifest, "films", manifest.rows.items, in_service->rows.items,
                               in_service->version));
  return check_quality(manifest);
}

Result<void> check_catalogue(const models::FactorModel& model, const CatalogStore& catalog) {
  MARQUEE_TRY(const auto movies, catalog.load());
  std::vector<std::string> ids;
  ids.reserve(movies.size());
  for (const Movie& movie : movies) ids.push_back(movie.id.value());
  const std::size_t films = model.items().ids.size();
  const std::uint64_t known = count_known(model.items().ids, ids);
  if (static_cast<double>(known) >= static_cast<double>(films) * kInCatalogueMin) return {};
  return Error{ErrorCode::kRefused,
               fmt::format("only {} of the {} films of {} are in the catalogue: was it trained on "
                           "another catalogue?",
                           known, films, model.version().value())};
}

Result<void> check_same_catalogue(const models::FactorModel& model,
                                  const models::FactorModel& in_service) {
  const auto check = [&](std::string_view what, const models::FactorTable& ours,
                         const models::FactorTable& theirs) -> Result<void> {
    const std::uint64_t known = count_known(theirs.ids, ours.ids);
    if (static_cast<double>(known) >= static_cast<double>(theirs.ids.size()) * kCoverageMin) {
      return {};
    }
    return Error{ErrorCode::kRefused,
                 fmt::format("{} knows {} of the {} {} of {} in service: was it trained on another "
                             "catalogue?",
                             model.version().value(), known, theirs.ids.size(), what,
                             in_service.version().value())};
  };
  MARQUEE_CHECK(check("films", model.items(), in_service.items()));
  return check("viewers", model.users(), in_service.users());
}

}  // namespace marquee::batch
