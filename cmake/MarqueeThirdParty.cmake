# Every foreign library as third::<name>, the name src/LAYERS uses. A missing one stops here with
# the Debian package that brings it.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

function(third_party name)
  add_library(third_${name} INTERFACE)
  add_library(third::${name} ALIAS third_${name})
  target_link_libraries(third_${name} INTERFACE ${ARGN})
endfunction()

function(third_party_pkg name module package)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${module} is missing: apt-get install ${package}")
  endif()
  third_party(${name} PkgConfig::${name})
endfunction()

function(third_party_header name header package)
  find_path(${name}_INCLUDE ${header})
  if(NOT ${name}_INCLUDE)
    message(FATAL_ERROR "${header} is missing: apt-get install ${package}")
  endif()
  add_library(third_${name} INTERFACE)
  add_library(third::${name} ALIAS third_${name})
  target_include_directories(third_${name} SYSTEM INTERFACE ${${name}_INCLUDE})
endfunction()

third_party_pkg(fmt fmt libfmt-dev)
third_party_pkg(sodium libsodium libsodium-dev)
# Signatures of tokens; not OpenSSL (docs/decisions/0001). Its public keys are numbers of GMP.
third_party_pkg(nettle "hogweed;nettle;gmp" nettle-dev)
third_party_pkg(highway libhwy libhwy-dev)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # A vector of SVE has no size that the compiler knows, and linalg/tile-inl.h keeps arrays of vectors:
  # NEON. The same stands in tools/arm64_kernels, which tests it.
  target_compile_definitions(third_highway INTERFACE
    "HWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
endif()
# The allocator of the programs (docs/decisions/0055).
third_party_pkg(jemalloc jemalloc libjemalloc-dev)
third_party_pkg(spdlog spdlog libspdlog-dev)
third_party_pkg(simdjson simdjson libsimdjson-dev)
# libparquet exports a simdjson of its own, with other vtables under the same names. Debian's must
# come first on every link line, or our JSON readers call into Arrow's and crash. (The tests of
# src/api and src/batch run both in one process.)
set(CMAKE_EXE_LINKER_FLAGS
  "${CMAKE_EXE_LINKER_FLAGS} -Wl,--push-state,--no-as-needed -lsimdjson -Wl,--pop-state")
third_party_pkg(sqlite sqlite3 libsqlite3-dev)
third_party_pkg(zlib zlib zlib1g-dev)
third_party_pkg(rdkafka rdkafka librdkafka-dev)
third_party_pkg(hiredis hiredis libhiredis-dev)
third_party_pkg(libpq libpq libpq-dev)
third_party_pkg(openssl openssl libssl-dev)
# libparquet exports an OpenSSL of its own, too. Ahead of it on the link line Debian's libssl, which
# the server and both clients use, is bound to Debian's libcrypto and to nothing else.
foreach(name rdkafka libpq openssl)
  target_link_options(third_${name} INTERFACE
    "SHELL:-Wl,--push-state,--no-as-needed -lssl -lcrypto -Wl,--pop-state")
endforeach()
third_party_header(boost boost/beast.hpp libboost1.81-dev)
target_link_libraries(third_boost INTERFACE Threads::Threads)
third_party_header(cli11 CLI/CLI.hpp libcli11-dev)
third_party_header(tomlplusplus toml++/toml.h libtomlplusplus-dev)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
third_party(prometheus prometheus-cpp::core)
include(MarqueeArrow)

if(MARQUEE_TESTS)
  find_package(GTest REQUIRED)
  third_party_header(rapidcheck rapidcheck.h librapidcheck-dev)
  find_library(rapidcheck_LIBRARY rapidcheck)
  target_link_libraries(third_rapidcheck INTERFACE ${rapidcheck_LIBRARY})
  third_party(gtest GTest::gtest GTest::gmock GTest::gtest_main third::rapidcheck Threads::Threads)
endif()
