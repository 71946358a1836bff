#include "app/left_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace marquee::app {
namespace {

constexpr int kPatienceMs = 10'000;
/// Fields of /proc/PID/stat between the process's name and its start time (proc(5)).
constexpr int kFieldsBeforeStart = 19;

/// When the process started, in clock ticks since boot; none when there is no such process.
std::optional<std::string> start_time(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');  // the name itself may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int i = 0; i <= kFieldsBeforeStart; ++i) fields >> field;
  if (!fields) return std::nullopt;
  return field;
}

struct Noted {
  pid_t pid = 0;
  std::string started;
};

std::optional<Noted> read_note(const std::filesystem::path& path) {
  std::ifstream file(path);
  Noted noted;
  if (!(file >> noted.pid >> noted.started) || noted.pid <= 1) return std::nullopt;
  return noted;
}

/// Waits until the process behind `pidfd` has ended; it need not be a child of ours.
void wait_for_end(int pidfd) {
  pollfd waiting{pidfd, POLLIN, 0};
  while (::poll(&waiting, 1, kPatienceMs) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<void> note_process(const std::filesystem::path& path, pid_t pid) {
  std::ofstream file(path, std::ios::trunc);
  file << pid << ' ' << start_time(pid).value_or("0") << '\n';
  file.close();
  if (file) return {};
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot write {}: {}", path.string(), std::strerror(errno))};
}

void forget_process(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

bool end_noted_process(const std::filesystem::path& path) {
  const auto noted = read_note(path);
  forget_process(path);
  if (!noted) return false;
  // The descriptor is taken first: from then on the id cannot be given to another process unseen.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, noted->pid, 0));
  if (pidfd < 0) return false;
  const bool same = start_time(noted->pid) == noted->started;
  if (same && ::kill(-noted->pid, SIGKILL) == 0) wait_for_end(pidfd);
  ::close(pidfd);
  return same;
}

}  // namespace marquee::app
