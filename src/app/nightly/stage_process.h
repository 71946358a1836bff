#pragma once

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "app/nightly/stage_lock.h"
#include "base/result.h"
#include "scheduling/stage_runner.h"

namespace marquee::app {

/// A stage as a child process that leads a process group of its own, so that a Ctrl-C at the
/// server's terminal does not reach it and a signal reaches what it has started. What it writes to
/// stdout and stderr comes back in lines; a line beyond 2,000 bytes comes in pieces.
class StageProcess final : public scheduling::RunningStage {
 public:
  /// Runs `program` with `arguments` (without argv[0]), niced by `niceness`. It inherits
  /// environment and working directory; no signal is blocked or ignored in it and no file but the
  /// standard three, and `lock` where there is one, is open. kUnavailable when it cannot be
  /// started.
  static Result<std::unique_ptr<StageProcess>> spawn(const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     int niceness, const StageLock* lock = nullptr);
  ~StageProcess() override;

  std::vector<std::string> take_lines() override;
  std::optional<scheduling::StageExit> poll() override;
  void terminate() override { send(SIGTERM); }
  void kill() override { send(SIGKILL); }
  pid_t pid() const { return pid_; }

 private:
  StageProcess(pid_t pid, int output) : pid_(pid), output_(output) {}
  void send(int signal) const;
  void split(std::vector<std::string>& lines);

  const pid_t pid_;
  const int output_;  ///< the read end of its stdout and stderr
  std::string unfinished_;
  std::optional<scheduling::StageExit> exit_;  ///< once it was waited for; its id is free then
};

}  // namespace marquee::app
