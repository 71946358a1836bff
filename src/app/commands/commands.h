#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "identity/api_keys.h"
#include "settings/settings.h"

namespace marquee::app::commands {

// Every command of the program: one function, one file. They print results to stdout, progress to
// stderr, and return what went wrong; command_line.cpp turns that into a line and an exit code.

/// Serves until SIGINT or SIGTERM, then drains.
Result<void> serve(const LoadedSettings& loaded);

/// Films and history of `dataset` (a directory, or "synthetic") into a data directory without a
/// data set; what its log holds already counts on top. Malformed lines are reported and skipped up
/// to import.skipped_share_max of a file; past that kDataLoss, and the directory is as it was. The
/// same data set again is a no-op.
Result<void> import_dataset(const LoadedSettings& loaded, const std::string& dataset);

/// The stages of the batch layer, in their order, and all of them.
enum class BatchStage { kArchive, kTrain, kEvaluate, kGenerate, kPublish, kInvalidate, kRun };
struct BatchOptions {
  BatchStage stage = BatchStage::kRun;
  std::optional<std::string> run_id;        ///< a new manual run, or the newest model's, without
  std::optional<std::string> logical_date;  ///< YYYY-MM-DD the run stands for
  std::optional<std::string> model;         ///< of a stage behind train, instead of a run id
  std::string by;                           ///< RunRequest::by
  bool accept_loss = false;  ///< of archive: go on behind events that left the log unarchived
  bool gate = false;         ///< evaluate: kRefused for a model that could not be published
  bool json = false;
};
Result<void> batch(const LoadedSettings& loaded, const BatchOptions& options);

enum class ModelsAction { kList, kShow, kCompare, kPromote, kRollback };
struct ModelsOptions {
  ModelsAction action = ModelsAction::kList;
  std::string version;  ///< of kShow, kCompare and kPromote
  std::string other;    ///< of kCompare; the model in service when empty
  bool json = false;
};
Result<void> models(const LoadedSettings& loaded, const ModelsOptions& options);

enum class RunsAction { kList, kShow, kLogs, kTrigger, kCancel, kRetry };
struct RunsOptions {
  RunsAction action = RunsAction::kList;
  std::string id;                           ///< of all but kList and kTrigger
  std::optional<std::string> status;        ///< of kList: only these
  std::int64_t limit = 20;                  ///< of kList
  std::optional<std::string> stage;         ///< of kLogs: only this one's
  std::optional<std::string> logical_date;  ///< of kTrigger
  bool json = false;
};
/// Runs of the scheduler: reads beside a running server, changes go through it.
Result<void> runs(const LoadedSettings& loaded, const RunsOptions& options);

/// The conservation law in numbers; kInternal when it does not hold.
Result<void> audit(const LoadedSettings& loaded, bool json);

/// What operators did, newest first.
Result<void> audit_log(const LoadedSettings& loaded, std::size_t limit, bool json);

enum class KeysAction { kCreate, kList, kRevoke, kRotate };
struct KeysOptions {
  KeysAction action = KeysAction::kList;
  identity::KeyOrder order;         ///< of kCreate
  std::string id;                   ///< of kRevoke and kRotate
  std::int64_t overlap_s = 86'400;  ///< of kRotate: how much longer the old one is valid
  bool json = false;
};
/// API keys: through the running server, else in the directory itself. A new key is told once.
Result<void> keys(const LoadedSettings& loaded, const KeysOptions& options);

/// Folds archive and log from zero. `verify`: compares with the stored state, which stays as it is
/// (kDataLoss when they differ); else replaces it.
Result<void> rebuild(const LoadedSettings& loaded, bool verify);

/// The events that the fold could not apply, and why; reads beside a running server.
Result<void> dlq_list(const LoadedSettings& loaded, std::size_t limit, bool json);

/// Applies the dead letters that this version of the program can fold (an earlier one could not).
/// Each belongs at its own place in the log, so this is rebuild() from zero, with the state that
/// every later rebuild reaches; nothing is done when there is none. Wants the directory to itself.
Result<void> dlq_replay(const LoadedSettings& loaded);

/// Brings the tables of the data directory's database to this program's version, as the start of a
/// server does, and says from which. kNotFound when there is none.
Result<void> migrate(const LoadedSettings& loaded);

/// Moves everything from one place to an empty other one, of either profile (app/migration).
struct MigrateDataOptions {
  std::string from;  ///< a data directory, or a settings file
  std::string to;
  bool json = false;
};
Result<void> migrate_data(const MigrateDataOptions& options);

/// Checks every frame of the log; `repair` sets damaged frames aside when `accept_loss`.
Result<void> log_verify(const LoadedSettings& loaded, bool json);
Result<void> log_repair(const LoadedSettings& loaded, bool accept_loss);

/// Copies the data directory's truths to `target`, beside a running server.
Result<void> backup(const LoadedSettings& loaded, const std::string& target, bool json);

/// Makes the data directory what was backed up in `source`; `verify`: and folds it again from zero
/// to see that state, history and log agree.
Result<void> restore(const LoadedSettings& loaded, const std::string& source, bool verify);

/// Prints what is wrong with settings and data directory, and with what is not. Fails when there is
/// an error: kDataLoss for damaged data, kInvalidArgument for settings, which may be wrong here.
struct DoctorOptions {
  bool json = false;
  std::int64_t model_days_max = 7;  ///< an older model is a warning
};
Result<void> doctor(const SettingSources& sources, const DoctorOptions& options);

/// One viewer's list, as the running server answers it.
Result<void> recommend(const LoadedSettings& loaded, const std::string& user, std::int32_t limit);

/// Every setting with its value, and with `origin` where it came from.
Result<void> config_show(const LoadedSettings& loaded, bool origin, bool json);

}  // namespace marquee::app::commands
