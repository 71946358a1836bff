# One interface target carries the flags of every library of ours, so that third-party headers
# (always SYSTEM) never see our warnings and no folder can forget them.
add_library(marquee_options INTERFACE)
target_include_directories(marquee_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(marquee_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely inside its own headers when it inlines (GCC bugs 105329, 105562, 107852).
  target_compile_options(marquee_options INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread)
  if(MARQUEE_UNITY)
    # It takes an included source for a header, whose unnamed namespaces others would not share.
    target_compile_options(marquee_options INTERFACE -Wno-subobject-linkage)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's std::stable_sort uses its own deprecated std::get_temporary_buffer.
  target_compile_options(marquee_options INTERFACE -Wno-deprecated-declarations)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # The baseline every server of the last fifteen years has; src/linalg picks wider kernels at run time.
  target_compile_options(marquee_options INTERFACE -march=x86-64-v2)
else()
  # Where char has no sign by itself (arm64), as everywhere else: one meaning of each comparison.
  target_compile_options(marquee_options INTERFACE -fsigned-char)
endif()
target_compile_definitions(marquee_options INTERFACE
  _GLIBCXX_ASSERTIONS MARQUEE_VERSION="${PROJECT_VERSION}")

if(MARQUEE_SANITIZER STREQUAL "address")
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(MARQUEE_SANITIZER STREQUAL "thread")
  set(flags -fsanitize=thread -fno-omit-frame-pointer)
  target_compile_definitions(marquee_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
elseif(NOT MARQUEE_SANITIZER STREQUAL "")
  message(FATAL_ERROR "MARQUEE_SANITIZER is '${MARQUEE_SANITIZER}': want address, thread or nothing")
endif()
if(flags)
  target_compile_options(marquee_options INTERFACE ${flags})
  target_link_options(marquee_options INTERFACE ${flags})
endif()
target_link_options(marquee_options INTERFACE -Wl,--as-needed)
find_program(MOLD mold)
if(MOLD AND NOT CMAKE_CROSSCOMPILING)  # a cross compiler looks for it under another name
  target_link_options(marquee_options INTERFACE -fuse-ld=mold)
endif()
