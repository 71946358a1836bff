#include <fmt/format.h>

#include "evaluation/strong_generalization.h"

namespace marquee::evaluation {
namespace {

void write(JsonWriter& json, std::string_view name, const Estimate& estimate) {
  json.key(name).begin_object();
  json.member("mean", estimate.mean).member("standard_error", estimate.standard_error);
  json.member("low", estimate.low()).member("high", estimate.high());
  json.end_object();
}

void write(JsonWriter& json, const RankerQuality& quality) {
  json.key(quality.ranker).begin_object();
  write(json, "recall_20", quality.recall_20);
  write(json, "recall_50", quality.recall_50);
  write(json, "ndcg_100", quality.ndcg_100);
  json.member("coverage_20", quality.coverage_20);
  json.end_object();
}

std::string cell(const Estimate& estimate) {
  return fmt::format("{:.4f} ± {:.4f}", estimate.mean, 1.96 * estimate.standard_error);
}

std::string line(const RankerQuality& quality) {
  return fmt::format("{:<12}{:>18}{:>18}{:>18}{:>13.4f}\n", quality.ranker, cell(quality.recall_20),
                     cell(quality.recall_50), cell(quality.ndcg_100), quality.coverage_20);
}

}  // namespace

void StrongGeneralizationReport::to_json(JsonWriter& json) const {
  json.begin_object();
  json.member("protocol", "strong_generalization").member("seed", seed);
  json.member("train_users", std::uint64_t{train_users});
  json.member("train_items", std::uint64_t{train_items});
  json.member("train_positives", std::uint64_t{train_positives});
  json.member("users", std::uint64_t{users});
  write(json, ials);
  write(json, popularity);
  write(json, "ndcg_100_gain", ndcg_100_gain);
  json.end_object();
}

std::string StrongGeneralizationReport::to_text() const {
  std::string text = fmt::format(
      "Strong generalisation, seed {}: trained on {} users, {} films, {} positives; {} users held "
      "out\n{:<12}{:>17}{:>17}{:>17}{:>13}\n",
      seed, train_users, train_items, train_positives, users, "", "Recall@20", "Recall@50",
      "NDCG@100", "Coverage@20");
  text += line(ials) + line(popularity);
  text += fmt::format("NDCG@100, iALS − popularity by user: {} (95 %)\n", cell(ndcg_100_gain));
  return text;
}

}  // namespace marquee::evaluation
