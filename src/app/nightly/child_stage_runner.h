#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "scheduling/stage_runner.h"

namespace marquee::app {

/// Runs stages as `PROGRAM batch STAGE --run-id ID --logical-date D --data DIR --by scheduler …`,
/// one at a time, at a lower priority than the server. Only the owner of a directory may have one.
class ChildStageRunner final : public scheduling::StageRunner {
 public:
  struct Options {
    std::string program;                 ///< path of the program; self() is this one
    std::filesystem::path directory;     ///< the data directory
    std::vector<std::string> arguments;  ///< behind the others: settings the server was given
    int niceness = 10;
  };
  /// This program, also when its file was replaced by an upgrade meanwhile.
  static std::string self() { return "/proc/self/exe"; }

  /// Ends the stage that an earlier owner, which was killed, has left running.
  explicit ChildStageRunner(Options options);

  Result<std::unique_ptr<scheduling::RunningStage>> start(
      const scheduling::StageOrder& order) override;

 private:
  std::filesystem::path lock_file() const { return options_.directory / "stage.lock"; }

  const Options options_;
};

}  // namespace marquee::app
