#include "app/nightly/stage_process.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ports/run_store.h"

namespace marquee::app {
namespace {

/// Of one take_lines(), so that a stage that floods its output cannot hold the scheduler.
constexpr std::size_t kReadBytesMax = 1U << 20U;

Error cannot_start(const std::string& program, int error) {
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot start {}: {}", program, std::strerror(error))};
}

/// What posix_spawn is told beside program and arguments.
class SpawnPlan {
 public:
  SpawnPlan(int output, const StageLock* lock) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    int kept = STDERR_FILENO;
    if (lock != nullptr) {
      kept = StageLock::kDescriptor;
      ::posix_spawn_file_actions_adddup2(&actions_, lock->descriptor(), kept);
    }
    // Not every library opens its sockets close-on-exec, and an orphan must not keep our port.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, kept + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// 0, or the error.
  int run(const std::string& program, std::vector<char*>& argv, pid_t& pid) const {
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<std::unique_ptr<StageProcess>> StageProcess::spawn(const std::string& program,
                                                          const std::vector<std::string>& arguments,
                                                          int niceness, const StageLock* lock) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return cannot_start(program, errno);
  std::vector<std::string> words{"marquee"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = SpawnPlan(pipe[1], lock).run(program, argv, pid);
  ::close(pipe[1]);
  if (error != 0) {
    ::close(pipe[0]);
    return cannot_start(program, error);
  }
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  // What cannot be niced still runs.
  (void)::setpriority(PRIO_PGRP, static_cast<id_t>(pid), niceness);
  return std::unique_ptr<StageProcess>(new StageProcess(pid, pipe[0]));
}

StageProcess::~StageProcess() {
  if (!exit_) {
    send(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ::close(output_);
}

void StageProcess::send(int signal) const {
  if (!exit_) ::kill(-pid_, signal);
}

/// Moves whole lines, and pieces of very long ones, out of what came.
void StageProcess::split(std::vector<std::string>& lines) {
  std::size_t begin = 0;
  for (;;) {
    std::size_t end = unfinished_.find('\n', begin);
    const std::size_t length = std::min(end, unfinished_.size()) - begin;
    const bool too_long = length > kRunLogLineBytesMax;
    if (end == std::string::npos && !too_long) break;
    if (too_long) end = begin + kRunLogLineBytesMax;
    lines.push_back(unfinished_.substr(begin, end - begin));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    begin = end + (too_long ? 0 : 1);
  }
  unfinished_.erase(0, begin);
}

std::vector<std::string> StageProcess::take_lines() {
  std::vector<std::string> lines;
  std::array<char, 16'384> buffer;
  for (std::size_t total = 0; total < kReadBytesMax;) {
    const ssize_t got = ::read(output_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // nothing now, or its end
    total += static_cast<std::size_t>(got);
    unfinished_.append(buffer.data(), static_cast<std::size_t>(got));
    split(lines);
  }
  if (exit_ && !unfinished_.empty()) lines.push_back(std::exchange(unfinished_, {}));
  return lines;
}

std::optional<scheduling::StageExit> StageProcess::poll() {
  if (exit_) return exit_;
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  if (ended > 0 && WIFEXITED(status)) {
    exit_ = scheduling::StageExit{WEXITSTATUS(status), 0};
  } else {
    exit_ = scheduling::StageExit{std::nullopt, ended > 0 ? WTERMSIG(status) : 0};
  }
  return exit_;
}

}  // namespace marquee::app
