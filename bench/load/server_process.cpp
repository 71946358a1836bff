#include "bench/load/server_process.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace marquee::bench {
namespace {

struct Started {
  pid_t pid = -1;
  int output = -1;  ///< its standard output
};

Result<Started> start_program(std::vector<std::string> arguments) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return Error{ErrorCode::kInternal, "load: no pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  Started started;
  const int failed =
      ::posix_spawn(&started.pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  started.output = pipe[0];
  if (failed != 0) {
    ::close(pipe[0]);
    return Error{ErrorCode::kNotFound, "load: '" + arguments[0] + "' cannot be run"};
  }
  return started;
}

/// Everything up to the end of a line that contains `wanted`, or the program's end.
std::string read_until(int output, const std::string& wanted) {
  std::string text;
  char c = 0;
  while (::read(output, &c, 1) == 1) {
    text += c;
    if (c == '\n' && text.find(wanted) != std::string::npos) break;
  }
  return text;
}

Result<void> run_program(std::vector<std::string> arguments) {
  const std::string name = arguments.size() > 1 ? arguments[1] : arguments[0];
  MARQUEE_TRY(const Started started, start_program(std::move(arguments)));
  const std::string text = read_until(started.output, "\n\n\n");  // all of it
  ::close(started.output);
  int status = 0;
  ::waitpid(started.pid, &status, 0);
  if (status == 0) return {};
  return Error{ErrorCode::kInternal, "load: 'marquee " + name + "' failed: " + text};
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::string& program,
                                                            const std::string& dataset,
                                                            const std::string& parent) {
  std::string directory = parent + "/marquee-load-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    return Error{ErrorCode::kUnavailable, "load: no scratch directory in '" + parent + "'"};
  }
  auto server = std::unique_ptr<ServerProcess>(new ServerProcess(directory));
  MARQUEE_CHECK(run_program({program, "import", "--data", directory, "--dataset", dataset}));
  MARQUEE_CHECK(run_program({program, "batch", "run", "--data", directory}));
  MARQUEE_CHECK(server->serve(program));
  return server;
}

Result<void> ServerProcess::serve(const std::string& program) {
  MARQUEE_TRY(const Started started,
              start_program({program, "serve", "--data", directory_, "--port", "0"}));
  pid_ = started.pid;
  const std::string text = read_until(started.output, "marquee ready on");
  const std::size_t colon = text.rfind(':');
  port_ = static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1));
  // its output is not read again: a server prints one line
  if (port_ == 0) return Error{ErrorCode::kUnavailable, "load: the server did not start: " + text};
  return {};
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace marquee::bench
