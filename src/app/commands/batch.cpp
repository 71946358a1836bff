#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/local_audit.h"
#include "app/owner/owner.h"
#include "app/progress.h"
#include "app/storage/batch_lock.h"
#include "app/storage/cache.h"
#include "app/storage/publish_ports.h"
#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/parallel_for.h"
#include "batch/archive_stage.h"
#include "batch/evaluate_stage.h"
#include "batch/generate_stage.h"
#include "batch/model_store.h"
#include "batch/publish_stage.h"
#include "batch/run.h"
#include "batch/train_stage.h"
#include "telemetry/metrics.h"

namespace marquee::app::commands {
namespace {

models::IalsParameters train_parameters(const Settings& settings) {
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(settings.train_rank);
  parameters.epochs = static_cast<std::int32_t>(settings.train_epochs);
  parameters.unobserved_weight = static_cast<float>(settings.train_unobserved_weight);
  parameters.regularization = static_cast<float>(settings.train_regularization);
  parameters.regularization_exp = static_cast<float>(settings.train_regularization_exp);
  parameters.seed = static_cast<std::uint64_t>(settings.train_seed);
  return parameters;
}

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
  Result<void> check_begun_by() const;
  Result<void> work();
  Result<void> choose_run();
  Result<std::string> new_manual_run_id() const;
  Result<void> begin(const std::string& run_id);
  Result<void> archive();
  Result<void> train(const batch::TrainingInput& input);
  Result<void> evaluate(const batch::TrainingInput& input);
  Result<void> generate(const batch::TrainingInput& input);
  Result<void> publish();
  Result<void> invalidate();
  Result<void> drop_shared_lists();
  void print_json() const;

  const Settings& settings_;
  const BatchOptions& options_;
  const std::size_t workers_;
  Progress progress_;
  std::unique_ptr<Storage> storage_;
  formats::RunRecord run_;
};

Result<void> BatchRun::run() {
  if (options_.stage != BatchStage::kInvalidate) {
    MARQUEE_TRY(storage_, Storage::open_reader(settings_));
    MARQUEE_CHECK(check_begun_by());
    MARQUEE_TRY(const auto lock, BatchLock::acquire(*storage_));
    MARQUEE_CHECK(work());
    storage_.reset();
  }
  if (wants(BatchStage::kPublish)) MARQUEE_CHECK(publish());
  if (wants(BatchStage::kInvalidate)) MARQUEE_CHECK(invalidate());
  if (options_.json) print_json();
  return {};
}

/// Before the lock: who makes the run holds that for hours, and the answer is the same.
Result<void> BatchRun::check_begun_by() const {
  if (options_.by.empty() || !options_.run_id) return {};
  const auto known = batch::load_run(*storage_->objects, *options_.run_id);
  if (known.ok()) return batch::check_begun_by(*known, options_.by);
  return known.error().code == ErrorCode::kNotFound ? Result<void>() : known.error();
}

void BatchRun::print_json() const {
  JsonWriter json;
  json.begin_object().member("run_id", run_.run_id);
  json.member("model_version", run_.model_version.value());
  fmt::print("{}\n", json.end_object().text());
}

Result<void> BatchRun::work() {
  MARQUEE_CHECK(choose_run());
  if (wants(BatchStage::kArchive)) MARQUEE_CHECK(archive());
  if (options_.stage == BatchStage::kArchive || options_.stage == BatchStage::kPublish) return {};
  progress_.step("read");
  MARQUEE_TRY(const auto input,
              batch::collect_training_input(*storage_->objects, storage_->log.get(), run_.log_end));
  progress_.done(fmt::format("{} events of history, {} of the log, {} positives of {} viewers",
                             input.history_events, input.log_events,
                             input.matrix.by_user.columns.size(), input.matrix.user_ids.size()));
  if (wants(BatchStage::kTrain)) MARQUEE_CHECK(train(input));
  if (wants(BatchStage::kEvaluate)) MARQUEE_CHECK(evaluate(input));
  if (options_.gate) {
    MARQUEE_CHECK(
        batch::check_evaluated(*storage_->objects, storage_->stores->models, run_.model_version));
  }
  if (wants(BatchStage::kGenerate)) MARQUEE_CHECK(generate(input));
  return {};
}

/// The run that the stage belongs to. The first stages begin one; those behind train go on with the
/// one that made the model.
Result<void> BatchRun::choose_run() {
  const bool begins = wants(BatchStage::kArchive) || wants(BatchStage::kTrain);
  if (options_.run_id && options_.model) {
    return Error{ErrorCode::kInvalidArgument, "give --run-id or --model, not both"};
  }
  if (begins) {
    if (options_.run_id) return begin(*options_.run_id);
    MARQUEE_TRY(const std::string run_id, new_manual_run_id());
    return begin(run_id);
  }
  std::string run_id;
  if (options_.run_id) {
    run_id = *options_.run_id;
  } else if (options_.model && !is_valid_id(*options_.model)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no model version", *options_.model)};
  } else {
    MARQUEE_TRY(const auto versions, batch::stored_models(*storage_->objects));
    if (!options_.model && versions.empty()) {
      return Error{ErrorCode::kFailedPrecondition,
                   "there is no model yet: run marquee batch train"};
    }
    const ModelVersion version = options_.model ? ModelVersion(*options_.model) : versions.front();
    MARQUEE_TRY(const auto manifest, batch::load_manifest(*storage_->objects, version));
    run_id = manifest.run_id;
    run_.model_version = version;
  }
  auto known = batch::load_run(*storage_->objects, run_id);
  // A model of a program before runs were recorded: it can be published, not made again.
  const bool publishes = options_.stage == BatchStage::kPublish && !options_.run_id;
  if (!known.ok() && known.error().code == ErrorCode::kNotFound && publishes) return {};
  if (!known.ok()) return known.error();
  run_ = *std::move(known);
  return {};
}

/// Another than that of a run which began in the same second.
Result<std::string> BatchRun::new_manual_run_id() const {
  const std::string base = batch::manual_run_id(storage_->clock.wall_ms());
  std::string run_id = base;
  for (int number = 2;; ++number) {
    const auto known = batch::load_run(*storage_->objects, run_id);
    if (!known.ok() && known.error().code == ErrorCode::kNotFound) return run_id;
    if (!known.ok()) return known.error();
    run_id = fmt::format("{}-{}", base, number);
  }
}

Result<void> BatchRun::begin(const std::string& run_id) {
  batch::RunRequest request;
  request.run_id = run_id;
  if (options_.logical_date) {
    request.logical_day = formats::parse_date(*options_.logical_date);
    if (!request.logical_day) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--logical-date '{}': want YYYY-MM-DD", *options_.logical_date)};
    }
  }
  MARQUEE_TRY(request.in_service, storage_->stores->models.current());
  request.parameters = train_parameters(settings_);
  request.top_n = static_cast<std::size_t>(settings_.batch_top_n);
  request.by = options_.by;
  MARQUEE_TRY(run_,
              batch::begin_run(request, *storage_->objects, storage_->log.get(), storage_->clock));
  return {};
}

Result<void> BatchRun::archive() {
  progress_.step("archive");
  MARQUEE_TRY(const auto archived, batch::archive_stage(run_, *storage_->log, *storage_->objects,
                                                        {.accept_loss = options_.accept_loss}));
  progress_.done(fmt::format("{} days with {} events, up to {}", archived.days, archived.events,
                             formats::date_text(run_.archive_until_day)));
  return {};
}

Result<void> BatchRun::train(const batch::TrainingInput& input) {
  progress_.step("train");
  batch::TrainOptions options{workers_, {}};
  const std::int32_t epochs = batch::parameters_of(run_).epochs;
  double loss = 0;
  options.on_epoch = [&](const models::EpochReport& report) {
    loss = report.loss;
    progress_.update(fmt::format("epoch {} of {}, loss {:.1f}", report.epoch, epochs, report.loss));
  };
  MARQUEE_TRY(const auto manifest, batch::train_stage(input, run_, *storage_->objects, options));
  progress_.done(fmt::format("{}: {} viewers, {} films, {} epochs, loss {:.1f}",
                             run_.model_version.value(), manifest.rows.users, manifest.rows.items,
                             epochs, loss));
  return {};
}

Result<void> BatchRun::evaluate(const batch::TrainingInput& input) {
  progress_.step("evaluate");
  MARQUEE_TRY(const auto report, batch::evaluate_stage(input, run_, *storage_->objects, workers_));
  if (!report.quality) {
    progress_.done(fmt::format("not measured: {}", report.not_measured));
    return {};
  }
  progress_.done(fmt::format("{} held-out viewers (strong generalisation)", report.quality->users));
  if (options_.json) return {};
  fmt::print("{}", report.quality->to_text());
  if (report.gain) {
    fmt::print("beside {} in service: NDCG@100 {:+.4f} (95 % interval {:+.4f} to {:+.4f})\n",
               run_.baseline->value(), report.gain->mean, report.gain->low(), report.gain->high());
  }
  return {};
}

Result<void> BatchRun::generate(const batch::TrainingInput& input) {
  progress_.step("generate");
  MARQUEE_TRY(auto manifest, batch::load_manifest(*storage_->objects, run_.model_version));
  MARQUEE_TRY(
      const std::size_t lists,
      batch::generate_stage(input, std::move(manifest), *storage_->objects,
                            {.top_n = static_cast<std::size_t>(run_.top_n), .workers = workers_}));
  progress_.done(fmt::format("{} lists", lists));
  return {};
}

Result<void> BatchRun::publish() {
  progress_.step("publish");
  const ModelVersion& version = run_.model_version;
  MARQUEE_TRY(const auto owner, find_owner(settings_));
  if (owner) {
    MARQUEE_TRY(
        const std::string answer,
        ask_owner(*owner, "POST", fmt::format("/api/admin/models/{}/promote", version.value())));
    progress_.done(fmt::format("{} serves at {}", version.value(), owner->address));
    return {};
  }
  MARQUEE_TRY(const auto owned, Storage::open_owner(settings_));
  const batch::PublishPorts ports =
      publish_ports(*owned, static_cast<std::size_t>(settings_.batch_keep_generations));
  LocalAudit audit(owned->stores->audit, owned->clock, "batch publish", version.value());
  MARQUEE_TRY(const auto model, audit.around([&] { return batch::publish_stage(ports, version); }));
  progress_.done(fmt::format("{} is current", model.model.version().value()));
  return {};
}

/// Lists are cached under their generation, so none of an earlier one is served after the flip;
/// this gives back their memory. The cache of a server that does not run is empty.
Result<void> BatchRun::invalidate() {
  progress_.step("invalidate");
  MARQUEE_TRY(const auto owner, find_owner(settings_));
  if (!owner && settings_.cache == Settings{}.cache) {
    progress_.done("no server runs: nothing is cached");
    return {};
  }
  if (!owner) return drop_shared_lists();
  MARQUEE_TRY(const std::string answer, ask_owner(*owner, "POST", "/api/admin/cache/invalidate"));
  progress_.done("cached lists dropped");
  return {};
}

/// A cache outside any server's process, whether one runs or not.
Result<void> BatchRun::drop_shared_lists() {
  telemetry::Metrics metrics;
  const SystemClock clock;
  MovieTable movies;
  Settings settings = settings_;
  settings.serving_near_cache_bytes_max = 0;  // nobody asks this process for a list
  MARQUEE_TRY(const Cache cache, Cache::open(settings, movies, clock, metrics));
  cache.lists->clear();
  MARQUEE_CHECK(cache.health());
  progress_.done("cached lists dropped");
  return {};
}

}  // namespace

Result<void> batch(const LoadedSettings& loaded, const BatchOptions& options) {
  return BatchRun(loaded.settings, options).run();
}

}  // namespace marquee::app::commands
