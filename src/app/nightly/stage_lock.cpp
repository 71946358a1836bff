#include "app/nightly/stage_lock.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace marquee::app {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{5};

bool locks(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

/// Whether the process has `file` open where a stage has its lock, and holds the lock by that: the
/// kernel names the locks of an open file in /proc/PID/fdinfo (proc_pid_fdinfo(5)).
bool holds(pid_t pid, const struct stat& file) {
  struct stat there{};
  const auto path = fmt::format("/proc/{}/fd/{}", pid, StageLock::kDescriptor);
  if (::stat(path.c_str(), &there) != 0) return false;
  if (there.st_dev != file.st_dev || there.st_ino != file.st_ino) return false;
  std::ifstream info(fmt::format("/proc/{}/fdinfo/{}", pid, StageLock::kDescriptor));
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("lock:") && line.find("FLOCK") != std::string::npos) return true;
  }
  return false;
}

std::vector<pid_t> processes() {
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [rest, is_bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    const bool is_number = is_bad == std::errc{} && rest == name.data() + name.size();
    if (is_number && pid != ::getpid()) found.push_back(pid);
  }
  return found;
}

// By number: the header of glibc 2.36 declares these two for C only.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool send(int process, int signal) {
  return ::syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0) == 0;
}

/// Kills it with what it has started, if it holds the lock; never with us, should it have joined
/// our group. Its id may be another's a moment after a look at it, so it is held by a descriptor
/// (pidfd_open(2)) before the look, and stopped before its group is asked for: what is stopped
/// neither ends by itself nor leaves its group.
void end_if_holder(pid_t pid, const struct stat& file) {
  if (!holds(pid, file)) return;
  const int process = open_process(pid);
  if (process < 0) return;
  if (holds(pid, file) && send(process, SIGSTOP)) {
    const pid_t group = ::getpgid(pid);
    if (group > 1 && group != ::getpgrp()) ::kill(-group, SIGKILL);
    send(process, SIGKILL);
  }
  ::close(process);
}

}  // namespace

Result<StageLock> StageLock::take(const std::filesystem::path& file) {
  StageLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.descriptor_ < 0) {
    return Error{ErrorCode::kUnavailable, fmt::format("cannot open {}: {}", file.string(),
                                                      std::generic_category().message(errno))};
  }
  if (locks(lock.descriptor_)) return lock;
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("a stage of an earlier server still runs and cannot be ended: {} is "
                           "locked; end its process",
                           file.string())};
}

StageLock::StageLock(StageLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StageLock& StageLock::operator=(StageLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StageLock::~StageLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool end_left_stage(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat identity{};
  bool was_held = false;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  // Again and again: a process may start another between the look and the kill.
  while (::fstat(descriptor, &identity) == 0 && !locks(descriptor) &&
         std::chrono::steady_clock::now() < end) {
    was_held = true;
    for (const pid_t pid : processes()) end_if_holder(pid, identity);
    std::this_thread::sleep_for(kPause);
  }
  ::close(descriptor);
  return was_held;
}

}  // namespace marquee::app
