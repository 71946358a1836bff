#include "app/progress.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace marquee::app {
namespace {

constexpr std::chrono::seconds kQuiet{1};
constexpr std::chrono::milliseconds kRedraw{100};

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear_line(); }

void Progress::step(std::string_view name) {
  clear_line();
  step_ = name;
  started_ = drawn_ = std::chrono::steady_clock::now();
}

void Progress::update(std::string_view state) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - started_ < kQuiet || now - drawn_ < kRedraw) return;
  drawn_ = now;
  line_open_ = true;
  fmt::print(stderr, "\r\033[K{}: {}", step_, state);
  std::fflush(stderr);
}

void Progress::done(std::string_view result) {
  clear_line();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
  fmt::print(stderr, "{} ({:.1f} s): {}\n", step_, took.count(), result);
}

void Progress::clear_line() {
  if (!line_open_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  line_open_ = false;
}

}  // namespace marquee::app
