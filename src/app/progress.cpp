#include "app/progress.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <unistd.h>

namespace marquee::app {
namespace {

constexpr std::chrono::seconds kQuiet{1};
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kPlainLine{10};
constexpr int kBarWidth = 24;
constexpr double kShareForGuess = 0.02;  // below, the time left would be a guess of a guess

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  return fmt::format("[{:#>{}}{:.>{}}]", "", filled, "", kBarWidth - filled);
}

std::string time_left(double share, double elapsed_s) {
  if (share < kShareForGuess) return "";
  const auto left = std::lround(elapsed_s / share * (1.0 - share));
  return fmt::format(", {}:{:02} left", left / 60, left % 60);
}

}  // namespace

Progress::Progress()
    : clock_(system_clock_), out_(*stderr), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::Progress(std::FILE& out, bool terminal, const Clock& clock)
    : clock_(clock), out_(out), terminal_(terminal) {}

Progress::~Progress() { clear_line(); }

void Progress::step(std::string_view name) {
  clear_line();
  step_ = name;
  started_ = drawn_ = clock_.steady();
}

bool Progress::is_due() {
  const auto now = clock_.steady();
  const auto pause = terminal_ ? std::chrono::milliseconds(kRedraw) : kPlainLine;
  if ((terminal_ && now - started_ < kQuiet) || now - drawn_ < pause) return false;
  drawn_ = now;
  return true;
}

void Progress::update(std::string_view state) {
  if (terminal_ && is_due()) draw(state);
}

void Progress::update(double share, std::string_view state) {
  if (!is_due()) return;
  const double part = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0);
  const std::string tail =
      fmt::format("{:3.0f} %, {}{}", part * 100, state, time_left(part, elapsed().count()));
  if (terminal_) {
    draw(bar(part) + " " + tail);
  } else {
    fmt::print(&out_, "{}: {}\n", step_, tail);
    std::fflush(&out_);
  }
}

void Progress::done(std::string_view result) {
  clear_line();
  fmt::print(&out_, "{} ({:.1f} s): {}\n", step_, elapsed().count(), result);
}

void Progress::draw(std::string_view text) {
  line_open_ = true;
  fmt::print(&out_, "\r\033[K{}: {}", step_, text);
  std::fflush(&out_);
}

void Progress::clear_line() {
  if (!line_open_) return;
  fmt::print(&out_, "\r\033[K");
  std::fflush(&out_);
  line_open_ = false;
}

}  // namespace marquee::app
