#pragma once

namespace marquee {

/// What a thread is to those who wait.
enum class ThreadRole {
  kAnswers,     ///< somebody waits for it: is run soon after it wakes, for a short time
  kBackground,  ///< nobody does: gives way to the others
};

/// Names the calling thread (at most 15 bytes; top -H shows it) and tells the kernel its role.
/// Needs no privileges. What the kernel does not know or permit is left out: a role changes how
/// long others wait, never what is computed. See docs/decisions/0043.
void take_role(const char* name, ThreadRole role);

}  // namespace marquee
