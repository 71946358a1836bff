# cmake -D SOURCE=DIR -D OUT=FILE -D VERSION=… -D BUILD_TYPE=… -D COMPILER=… -P this: writes
# marquee::app::build_info() to FILE, and leaves FILE alone when it says so already.

# git(OUT WORDS...): what git says about SOURCE, and whether it knew (OUT_ok).
function(git out)
  execute_process(COMMAND git --no-optional-locks -C ${SOURCE} ${ARGN}
    OUTPUT_VARIABLE text ERROR_QUIET RESULT_VARIABLE code OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${out} "${text}" PARENT_SCOPE)
  if(code STREQUAL "0")
    set(${out}_ok TRUE PARENT_SCOPE)
  else()
    set(${out}_ok FALSE PARENT_SCOPE)
  endif()
endfunction()

set(revision unknown)
# Sources unpacked inside of somebody else's checkout are not of that checkout's revision.
git(below rev-parse --show-prefix)
git(head rev-parse --short=12 HEAD)
if(below_ok AND below STREQUAL "" AND head_ok)
  git(changes status --porcelain)
  set(revision ${head})
  if(NOT changes_ok OR NOT changes STREQUAL "")
    string(APPEND revision +changes)
  endif()
endif()

file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
// Made by cmake/write_build_info.cmake.
#include "app/build_info.h"

namespace marquee::app {
BuildInfo build_info() { return {"@VERSION@", "@revision@", "@BUILD_TYPE@", "@COMPILER@"}; }
}  // namespace marquee::app
]])
