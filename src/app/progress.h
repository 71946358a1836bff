#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace marquee::app {

/// Tells a person on stderr what a command is doing. On a terminal a step that takes over a second
/// shows how far it is, in place; elsewhere only finished steps are printed, a line each. Used from
/// one thread.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Begins a step; the one before ends.
  void step(std::string_view name);
  /// How far the step is, in words ("epoch 3 of 16"); redrawn at most ten times a second.
  void update(std::string_view state);
  /// Ends the step with what came of it: "trained als_20250103_0200 in 0.8 s: …".
  void done(std::string_view result);

 private:
  void clear_line();

  const bool terminal_;
  std::string step_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool line_open_ = false;
};

}  // namespace marquee::app
