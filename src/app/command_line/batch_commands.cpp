#include <CLI/CLI.hpp>

#include "app/command_line/definitions.h"

namespace marquee::app {
namespace {

CLI::App* define_batch_stage(CLI::App& parent, Parsed& parsed, const char* name, const char* help,
                             commands::BatchStage stage) {
  using commands::BatchStage;
  CLI::App* app =
      add_command(parent, parsed, name, help, [&parsed, stage](const LoadedSettings& loaded) {
        parsed.batch.stage = stage;
        return commands::batch(loaded, parsed.batch);
      });
  app->add_option("--run-id", parsed.batch.run_id,
                  "run that the stage belongs to; a repeat gives the same bytes");
  app->add_option("--logical-date", parsed.batch.logical_date,
                  "YYYY-MM-DD (UTC) that the run stands for");
  app->add_option("--by", parsed.batch.by,
                  "scheduler that asks: exit 5 when another has begun the run");
  const bool makes_the_model = stage == BatchStage::kArchive || stage == BatchStage::kTrain ||
                               stage == BatchStage::kRun || stage == BatchStage::kInvalidate;
  if (!makes_the_model) {
    app->add_option("--model", parsed.batch.model,
                    "model version, instead of a run (default: the newest)");
  }
  if (stage == BatchStage::kEvaluate) {
    app->add_flag("--gate", parsed.batch.gate,
                  "exit 3 when the gate would not let it into service");
  }
  add_json(app, parsed.batch.json);
  return app;
}

void define_batch(CLI::App& program, Parsed& parsed) {
  using commands::BatchStage;
  CLI::App* batch = program.add_subcommand("batch", "the nightly run, or one stage of it");
  batch->require_subcommand(1);
  define_batch_stage(*batch, parsed, "run", "all stages", BatchStage::kRun);
  define_batch_stage(*batch, parsed, "archive", "copy the log's closed days to Parquet",
                     BatchStage::kArchive)
      ->add_flag("--accept-loss", parsed.batch.accept_loss,
                 "yes, lose the events that left the log before they were archived");
  define_batch_stage(*batch, parsed, "train", "train a model", BatchStage::kTrain);
  define_batch_stage(*batch, parsed, "evaluate", "measure it on held-out viewers",
                     BatchStage::kEvaluate);
  define_batch_stage(*batch, parsed, "generate", "make every viewer's list", BatchStage::kGenerate);
  define_batch_stage(*batch, parsed, "publish", "put it into service, if the gate lets it",
                     BatchStage::kPublish);
  define_batch_stage(*batch, parsed, "invalidate", "drop cached lists", BatchStage::kInvalidate);
  define_batch_stage(program, parsed, "train", "batch train", BatchStage::kTrain);
  define_batch_stage(program, parsed, "evaluate", "batch evaluate", BatchStage::kEvaluate);
}

void define_models(CLI::App& program, Parsed& parsed) {
  using commands::ModelsAction;
  CLI::App* models =
      program.add_subcommand("models", "which models there are and which one serves");
  models->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, ModelsAction action) {
    return add_action(*models, parsed, name, help, parsed.models, action, commands::models);
  };
  add("list", "every model, newest first", ModelsAction::kList);
  add("show", "one model: parameters, input, files, metrics", ModelsAction::kShow)
      ->add_option("version", parsed.models.version)
      ->required();
  CLI::App* compare = add("compare", "two models side by side", ModelsAction::kCompare);
  compare->add_option("version", parsed.models.version)->required();
  compare->add_option("other", parsed.models.other, "default: the model in service");
  add("promote", "put a model into service", ModelsAction::kPromote)
      ->add_option("version", parsed.models.version)
      ->required();
  add("rollback", "back to the model before", ModelsAction::kRollback);
}

void define_runs(CLI::App& program, Parsed& parsed) {
  using commands::RunsAction;
  CLI::App* runs = program.add_subcommand("runs", "the nightly run: what ran, and start one");
  runs->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, RunsAction action, bool of_one = true) {
    CLI::App* app = add_action(*runs, parsed, name, help, parsed.runs, action, commands::runs);
    if (of_one) app->add_option("id", parsed.runs.id, "of the run")->required();
    return app;
  };
  CLI::App* list = add("list", "newest first", RunsAction::kList, false);
  list->add_option("--status", parsed.runs.status, "only queued, running, succeeded, …");
  list->add_option("--limit", parsed.runs.limit)->check(CLI::Range(1, 1'000));
  add("show", "one run and its stages", RunsAction::kShow);
  add("logs", "what its stages printed", RunsAction::kLogs)
      ->add_option("--stage", parsed.runs.stage, "only of this stage");
  add("trigger", "start a run now", RunsAction::kTrigger, false)
      ->add_option("--logical-date", parsed.runs.logical_date, "YYYY-MM-DD it stands for");
  add("cancel", "end a run", RunsAction::kCancel);
  add("retry", "go on with a failed or cancelled run", RunsAction::kRetry);
}

}  // namespace

void define_batch_commands(CLI::App& program, Parsed& parsed) {
  define_batch(program, parsed);
  define_models(program, parsed);
  define_runs(program, parsed);
}

}  // namespace marquee::app
