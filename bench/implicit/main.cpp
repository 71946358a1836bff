// The half of `./dev bench implicit` that is ours: it reads the data, shares the training matrix,
// and does on request what the rival does, in turns with it (compare.py).
//
//     marquee_bench_implicit DATASET DIR     DATASET: a directory as for marquee import, or
//                                            synthetic:VIEWERS:FILMS:EVENTS
//
// Writes the matrix of the training viewers into DIR, as starts.u64 and columns.u32, and its sizes
// to standard output; then answers each line of standard input by one line of JSON:
//
//     train EPOCHS A0 L     seconds of each epoch, and the largest memory meanwhile; by
//                           train.unobserved_weight and train.regularization
//     lists COUNT           seconds for everybody's best COUNT films, without those that they met
//     quality               NDCG@100 on the held-out viewers, of the model trained last
//     quality ALPHA RIDGE   the same of the rival's film vectors in DIR/items.f32, by its own
//     equations

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parallel_for.h"
#include "bench/measure.h"
#include "datasets/dataset.h"
#include "evaluation/strong_generalization.h"
#include "models/ials_trainer.h"
#include "models/item_scores.h"

namespace marquee::bench {
namespace {

constexpr std::uint64_t kSplitSeed = 98'765;  // that of batch/evaluate_stage.cpp

evaluation::UserSplit split_of(const std::string& name) {
  datasets::SyntheticOptions options;
  const bool is_synthetic = std::sscanf(name.c_str(), "synthetic:%zu:%zu:%zu", &options.users,
                                        &options.movies, &options.interactions) == 3;
  const auto dataset =
      must(is_synthetic ? datasets::make_synthetic(options) : datasets::open_directory(name, {}));
  // In the data set's order, which is each viewer's own: more than that the positives do not need.
  models::InteractionMatrixBuilder builder;
  must(dataset->interactions([&](const Event& event) -> Result<void> {
    builder.add(event);
    return {};
  }));
  return must(evaluation::split_users(builder.build(), {.seed = kSplitSeed}));
}

template <typename T>
void write_array(const std::string& path, const std::vector<T>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!file.flush()) must(Result<void>(Error{ErrorCode::kInternal, "could not write " + path}));
}

std::vector<float> read_floats(const std::string& path, std::size_t count) {
  std::vector<float> values(count);
  std::ifstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
  file.read(reinterpret_cast<char*>(values.data()), bytes);
  if (file.gcount() != bytes || file.peek() != std::ifstream::traits_type::eof()) {
    must(Result<void>(Error{ErrorCode::kInvalidArgument, path + " has another size"}));
  }
  return values;
}

/// MiB; since reset_peak(), see proc(5).
std::uint64_t peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) / 1024;
  }
  return 0;
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

class Ours {
 public:
  Ours(const std::string& dataset, std::string folder)
      : folder_(std::move(folder)), users_(split_of(dataset)), workers_(available_cpus()) {
    write_array(folder_ + "/starts.u64", users_.train.by_user.starts);
    write_array(folder_ + "/columns.u32", users_.train.by_user.columns);
  }

  std::string sizes() const {
    return fmt::format(
        R"({{"viewers": {}, "films": {}, "positives": {}, "validation": {}, "test": {}, "threads": {}}})",
        users_.train.user_ids.size(), users_.train.item_ids.size(),
        users_.train.by_user.columns.size(), users_.validation.size(), users_.test.size(),
        workers_);
  }

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    std::size_t count = 0;
    if (verb == "train" || verb == "lists") words >> count;
    float first = 0;
    float second = 0;
    words >> first >> second;
    if (verb == "train") return train(static_cast<std::int32_t>(count), first, second);
    if (verb == "lists") return lists(count);
    return quality(words ? rival(first, second) : *model_);
  }

 private:
  std::string train(std::int32_t epochs, float unobserved_weight, float regularization) {
    models::IalsParameters parameters;
    parameters.epochs = epochs;
    parameters.unobserved_weight = unobserved_weight;
    parameters.regularization = regularization;
    std::vector<double> seconds;
    model_.reset();
    reset_peak();
    model_ = must(models::train_ials(
        users_.train, parameters, ModelVersion("ours"), workers_,
        [&](const models::EpochReport& report) { seconds.push_back(report.seconds); }));
    return fmt::format(R"({{"seconds": [{:.5f}], "mib": {}}})", fmt::join(seconds, ", "),
                       peak_mib());
  }

  std::string lists(std::size_t count) {
    std::vector<std::vector<linalg::Scored>> best(model_->users().rows());
    const auto start = SteadyClock::now();
    models::best_items_of_users(
        *model_, {0, best.size()}, count, workers_,
        [&](std::size_t user) { return users_.train.by_user.columns_of(user); },
        [&](std::size_t user, std::vector<linalg::Scored> films) {
          best[user] = std::move(films);
        });
    return fmt::format(R"({{"seconds": {:.5f}}})", ms_since(start) / 1e3);
  }

  /// The rival's film vectors. It folds in by (Y'Y + (alpha - 1) S + ridge I) x = alpha b, where S
  /// sums the outer products of the films met and b the films: divided by alpha - 1, ours with
  /// another length of x, which ranks alike.
  models::FactorModel rival(float alpha, float ridge) const {
    models::IalsParameters parameters;
    parameters.unobserved_weight = 1 / (alpha - 1);
    parameters.regularization = ridge / (alpha - 1);
    parameters.regularization_exp = 0;
    const auto k = static_cast<std::size_t>(parameters.rank);
    const auto& ids = users_.train.item_ids;
    return must(models::FactorModel::make(
        ModelVersion("rival"), parameters,
        {k, ids, read_floats(folder_ + "/items.f32", ids.size() * k)}, {k, {}, {}}));
  }

  std::string quality(const models::FactorModel& model) const {
    const auto mean = [&](std::span<const evaluation::HeldOutUser> viewers) {
      const auto scores = must(evaluation::score_users(
          viewers, users_.train.item_ids.size(), evaluation::fold_in_scorer(model), workers_));
      return evaluation::estimate(scores.ndcg_100).mean;
    };
    return fmt::format(R"({{"validation": {:.5f}, "test": {:.5f}}})", mean(users_.validation),
                       mean(users_.test));
  }

  std::string folder_;
  evaluation::UserSplit users_;
  std::size_t workers_;
  std::optional<models::FactorModel> model_;
};

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: marquee_bench_implicit DATASET DIR\n");
    return 2;
  }
  marquee::bench::Ours ours(argv[1], argv[2]);
  std::cout << ours.sizes() << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << ours.answer(line) << std::endl;
  return 0;
}
