// These definitions come before the C library's for the whole program, SQLite's and libstdc++'s
// shared objects included (ELF symbol interposition).
#include "nth_failure/failing_calls.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace marquee::testing {
namespace {

struct Plan {
  std::uint64_t left = 0;  ///< calls up to the failing one; 0: none is to fail
  int error_number = 0;
  bool reached = false;
};
thread_local Plan plan;

bool fails() {
  if (plan.left == 0 || --plan.left > 0) return false;
  plan.reached = true;
  errno = plan.error_number;
  return true;
}

int open_or_fail(const char* path, int flags, mode_t mode) {
  if ((flags & (O_WRONLY | O_RDWR)) != 0 && fails()) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

mode_t mode_of(int flags, va_list& arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : mode_t{0};
}

}  // namespace

FailingCall::FailingCall(std::uint64_t n, int error_number) { plan = {n, error_number, false}; }
FailingCall::~FailingCall() { plan.left = 0; }
bool FailingCall::reached() { return plan.reached; }

}  // namespace marquee::testing

using marquee::testing::fails;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = marquee::testing::mode_of(flags, arguments);
  va_end(arguments);
  return marquee::testing::open_or_fail(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = marquee::testing::mode_of(flags, arguments);
  va_end(arguments);
  return marquee::testing::open_or_fail(path, flags, mode);
}
ssize_t write(int fd, const void* bytes, size_t count) {
  if (fd > 2 && fails()) return -1;
  return ::syscall(SYS_write, fd, bytes, count);
}
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  if (fails()) return -1;
  return ::syscall(SYS_pwrite64, fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  if (fails()) return -1;
  return ::syscall(SYS_pwrite64, fd, bytes, count, at);
}
int fsync(int fd) { return fails() ? -1 : static_cast<int>(::syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return fails() ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd)); }
int ftruncate(int fd, off_t size) noexcept {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int ftruncate64(int fd, off64_t size) noexcept {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int rename(const char* from, const char* to) noexcept {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}
int unlink(const char* path) noexcept {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_unlink, path));
}
int mkdir(const char* path, mode_t mode) noexcept {
  return fails() ? -1 : static_cast<int>(::syscall(SYS_mkdir, path, mode));
}

}  // extern "C"
