#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/owner.h"
#include "app/progress.h"
#include "app/storage.h"
#include "base/json_writer.h"
#include "base/parallel_for.h"
#include "batch/evaluate_stage.h"
#include "batch/generate_stage.h"
#include "batch/model_store.h"
#include "batch/publish_stage.h"
#include "batch/train_stage.h"

namespace marquee::app::commands {
namespace {

/// One invocation: reads log and lakehouse beside a running server, writes to the lakehouse, and
/// publishes through the owner.
class BatchRun {
 public:
  BatchRun(const Settings& settings, const BatchOptions& options)
      : settings_(settings),
        options_(options),
        workers_(settings.train_threads == 0 ? available_cpus()
                                             : static_cast<std::size_t>(settings.train_threads)) {}

  Result<void> run();

 private:
  bool wants(BatchStage stage) const {
    return options_.stage == BatchStage::kRun || options_.stage == stage;
  }
  Result<void> work();
  Result<void> choose_model();
  Result<void> train(const batch::TrainingInput& input);
  Result<void> evaluate(const batch::TrainingInput& input);
  Result<void> generate(const batch::TrainingInput& input);
  Result<void> publish();

  const Settings& settings_;
  const BatchOptions& options_;
  const std::size_t workers_;
  Progress progress_;
  std::unique_ptr<Storage> storage_;
  std::optional<ModelVersion> version_;
};

models::IalsParameters parameters_of(const Settings& settings) {
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(settings.train_rank);
  parameters.epochs = static_cast<std::int32_t>(settings.train_epochs);
  parameters.unobserved_weight = static_cast<float>(settings.train_unobserved_weight);
  parameters.regularization = static_cast<float>(settings.train_regularization);
  parameters.regularization_exp = static_cast<float>(settings.train_regularization_exp);
  parameters.seed = static_cast<std::uint64_t>(settings.train_seed);
  return parameters;
}

Result<void> BatchRun::run() {
  MARQUEE_TRY(storage_, Storage::open_reader(settings_));
  MARQUEE_CHECK(work());
  storage_.reset();
  if (wants(BatchStage::kPublish)) MARQUEE_CHECK(publish());
  if (options_.json) {
    fmt::print(
        "{}\n",
        JsonWriter().begin_object().member("model_version", version_->value()).end_object().text());
  }
  return {};
}

Result<void> BatchRun::work() {
  const bool trains = wants(BatchStage::kTrain);
  if (!trains) MARQUEE_CHECK(choose_model());
  if (options_.stage == BatchStage::kPublish) return {};
  progress_.step("read");
  MARQUEE_TRY(const auto input,
              batch::collect_training_input(*storage_->objects, storage_->log.get()));
  progress_.done(fmt::format("{} events of history, {} of the log, {} positives of {} viewers",
                             input.history_events, input.log_events,
                             input.matrix.by_user.columns.size(), input.matrix.user_ids.size()));
  if (trains) MARQUEE_CHECK(train(input));
  if (wants(BatchStage::kEvaluate)) MARQUEE_CHECK(evaluate(input));
  if (wants(BatchStage::kGenerate)) MARQUEE_CHECK(generate(input));
  return {};
}

Result<void> BatchRun::choose_model() {
  if (options_.model) {
    if (!is_valid_id(*options_.model)) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("'{}' is no model version", *options_.model)};
    }
    version_ = ModelVersion(*options_.model);
    return {};
  }
  MARQUEE_TRY(const auto versions, batch::stored_models(*storage_->objects));
  if (versions.empty()) {
    return Error{ErrorCode::kFailedPrecondition, "there is no model yet: run marquee batch train"};
  }
  version_ = versions.front();
  return {};
}

Result<void> BatchRun::train(const batch::TrainingInput& input) {
  progress_.step("train");
  MARQUEE_TRY(version_, batch::new_version(*storage_->objects, storage_->clock.wall_ms()));
  batch::TrainOptions options{parameters_of(settings_), workers_, {}};
  double loss = 0;
  options.on_epoch = [&](const models::EpochReport& report) {
    loss = report.loss;
    progress_.update(fmt::format("epoch {} of {}, loss {:.1f}", report.epoch,
                                 options.parameters.epochs, report.loss));
  };
  MARQUEE_TRY(const auto manifest,
              batch::train_stage(input, *version_, *storage_->objects, storage_->clock, options));
  progress_.done(fmt::format("{}: {} viewers, {} films, {} epochs, loss {:.1f}", version_->value(),
                             manifest.rows.users, manifest.rows.items, options.parameters.epochs,
                             loss));
  return {};
}

Result<void> BatchRun::evaluate(const batch::TrainingInput& input) {
  progress_.step("evaluate");
  MARQUEE_TRY(auto manifest, batch::load_manifest(*storage_->objects, *version_));
  const auto report =
      batch::evaluate_stage(input, std::move(manifest), *storage_->objects, workers_);
  if (!report.ok() && report.error().code == ErrorCode::kInvalidArgument) {
    progress_.done(fmt::format("not measured: {}", report.error().message));
    return {};
  }
  if (!report.ok()) return report.error();
  progress_.done(fmt::format("{} held-out viewers (strong generalisation)", report->users));
  if (!options_.json) fmt::print("{}", report->to_text());
  return {};
}

Result<void> BatchRun::generate(const batch::TrainingInput& input) {
  progress_.step("generate");
  MARQUEE_TRY(auto manifest, batch::load_manifest(*storage_->objects, *version_));
  MARQUEE_TRY(const std::size_t lists,
              batch::generate_stage(input, std::move(manifest), *storage_->objects,
                                    static_cast<std::size_t>(settings_.batch_top_n), workers_));
  progress_.done(fmt::format("{} lists", lists));
  return {};
}

Result<void> BatchRun::publish() {
  progress_.step("publish");
  MARQUEE_TRY(const auto owner, find_owner(settings_));
  if (owner) {
    MARQUEE_TRY(
        const std::string answer,
        ask_owner(*owner, "POST", fmt::format("/api/admin/models/{}/promote", version_->value())));
    progress_.done(fmt::format("{} serves at {}", version_->value(), owner->address));
    return {};
  }
  MARQUEE_TRY(const auto owned, Storage::open_owner(settings_));
  const batch::PublishPorts ports{*owned->objects, owned->stores->feed, owned->stores->models,
                                  owned->clock,
                                  static_cast<std::size_t>(settings_.batch_keep_generations)};
  MARQUEE_TRY(const auto model, batch::publish_stage(ports, *version_));
  progress_.done(fmt::format("{} is current", model.model.version().value()));
  return {};
}

}  // namespace

Result<void> batch(const LoadedSettings& loaded, const BatchOptions& options) {
  return BatchRun(loaded.settings, options).run();
}

}  // namespace marquee::app::commands
