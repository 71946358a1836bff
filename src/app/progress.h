#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace marquee::app {

/// Tells a person on stderr what a command is doing. On a terminal a step that takes over a second
/// shows how far it is, in place; elsewhere finished steps are printed, a line each, and of a step
/// that knows its share a line every ten seconds. Used from one thread.
class Progress {
 public:
  Progress();
  /// Both must outlive this.
  Progress(std::FILE& out, bool terminal, const Clock& clock);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Begins a step; the one before ends.
  void step(std::string_view name);
  /// How far the step is, in words ("epoch 3 of 16"); redrawn at most ten times a second.
  void update(std::string_view state);
  /// The same with a bar: `share` of the step, 0–1, is done.
  void update(double share, std::string_view state);
  /// Ends the step with what came of it: "trained als_20250103_0200 in 0.8 s: …".
  void done(std::string_view result);

 private:
  bool is_due();
  std::chrono::duration<double> elapsed() const { return clock_.steady() - started_; }
  void draw(std::string_view text);
  void clear_line();

  const SystemClock system_clock_;
  const Clock& clock_;
  std::FILE& out_;
  const bool terminal_;
  std::string step_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool line_open_ = false;
};

}  // namespace marquee::app
