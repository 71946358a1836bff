#include "bench/load/server_process.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace marquee::bench {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

/// Starts the program with standard output at `output`.
pid_t start(const std::vector<std::string>& arguments, int output) {
  const std::string program = marquee_program();
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(output, STDOUT_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  return pid;
}

}  // namespace

std::string marquee_program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "marquee").string();
}

void run_marquee(const std::vector<std::string>& arguments) {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t pid = start(arguments, nowhere);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ::close(nowhere);
  if (status != 0) give_up("marquee " + arguments.front() + " failed");
}

ServerProcess::ServerProcess(const std::string& data) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) give_up("pipe2");
  pid_ =
      start({"serve", "--data", data, "--port", "0", "--set", "scheduler.enabled=false"}, ends[1]);
  ::close(ends[1]);
  output_ = ends[0];
  std::string text;
  std::array<char, 512> buffer;
  const std::string ready = "marquee ready on http://127.0.0.1:";
  while (text.find('\n', text.find(ready)) == std::string::npos ||
         text.find(ready) == std::string::npos) {
    const auto got = ::read(output_, buffer.data(), buffer.size());
    if (got <= 0) give_up("marquee serve did not start: " + text);
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  port_ = static_cast<std::uint16_t>(std::atoi(text.c_str() + text.find(ready) + ready.size()));
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // from the third on (proc(5))
  for (int skipped = 3; skipped < 14; ++skipped) fields >> text;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

ServerProcess::~ServerProcess() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  ::close(output_);
}

}  // namespace marquee::bench
