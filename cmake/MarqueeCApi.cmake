# libmarquee_c.so, the C ABI (src/capi): what it uses of the core, compiled once more as
# position-independent code with hidden symbols. A static library in between, so that only what is called
# comes along: of src/models nothing that reads Parquet.
# Of Release builds only: tests elsewhere link src/capi itself, and a sanitizer wants undefined symbols.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()
set(capi_sources)
foreach(folder base domain linalg)
  file(GLOB folder_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  list(APPEND capi_sources ${folder_sources})
endforeach()
list(FILTER capi_sources EXCLUDE REGEX "_test\\.cpp$")
list(APPEND capi_sources ${CMAKE_SOURCE_DIR}/src/models/factor_model.cpp
  ${CMAKE_SOURCE_DIR}/src/models/initial_vectors.cpp)
file(GLOB capi_interface CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/capi/*.cpp)
list(FILTER capi_interface EXCLUDE REGEX "_test\\.cpp$")

add_library(marquee_c_core STATIC EXCLUDE_FROM_ALL ${capi_sources})
add_library(marquee_c SHARED ${capi_interface})
foreach(target marquee_c_core marquee_c)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY)
  target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
endforeach()
target_link_libraries(marquee_c_core PUBLIC marquee_options third::highway third::sodium)
target_link_libraries(marquee_c PRIVATE marquee_c_core)
# What it stands on lies beside it, here and where it is shipped to.
set_target_properties(marquee_c PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/capi
  BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN")
target_link_options(marquee_c PRIVATE -Wl,--gc-sections -Wl,--no-undefined -Wl,--exclude-libs,ALL)
