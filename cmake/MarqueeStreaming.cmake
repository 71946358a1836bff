# libmarquee_streaming.so, the C ABI of the fold (src/streaming), for the driver of a streaming job. A
# library beside libmarquee_c.so, which goes to every worker of a cluster and should not want libpq there.
# As that one: what is used of the core compiled once more as position-independent code with hidden
# symbols, nothing of Arrow in it, in Release builds only (cmake/MarqueeCApi.cmake).
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()
set(streaming_sources)
foreach(folder ports telemetry adapters/postgres)
  file(GLOB folder_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  list(APPEND streaming_sources ${folder_sources})
endforeach()
list(FILTER streaming_sources EXCLUDE REGEX "_test\\.cpp$")
foreach(source speed/claimed_partitions speed/fold speed/fold_batch speed/recent_profiles
    speed/first_viewers speed/fold_metrics speed/profile_difference speed/profile_table speed/state_follower
    speed/step_thread models/fold_in models/item_neighbors retrieval/exact_search retrieval/largest_products
    retrieval/live_candidates retrieval/live_history retrieval/live_signals ranking/signals serving/generation serving/live_tier
    formats/event_json formats/json_fields formats/list_json formats/profile_blob
    adapters/kafka/event_message capi/checks settings/settings settings/setting_table settings/toml_file
    settings/live_tier_options)
  list(APPEND streaming_sources ${CMAKE_SOURCE_DIR}/src/${source}.cpp)
endforeach()
marquee_together(marquee_streaming_core streaming_sources ${streaming_sources})
file(GLOB streaming_interface CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/streaming/*.cpp)
list(FILTER streaming_interface EXCLUDE REGEX "_test\\.cpp$")

add_library(marquee_streaming_core STATIC EXCLUDE_FROM_ALL ${streaming_sources} ${migrations_source})
add_library(marquee_streaming_c SHARED ${streaming_interface})
foreach(target marquee_streaming_core marquee_streaming_c)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
endforeach()
target_link_libraries(marquee_streaming_core PUBLIC marquee_c_core third::fmt third::spdlog
  third::prometheus third::simdjson third::libpq third::tomlplusplus)
target_link_libraries(marquee_streaming_c PRIVATE marquee_streaming_core)
set_target_properties(marquee_streaming_c PROPERTIES OUTPUT_NAME marquee_streaming
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/capi BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN")
target_link_options(marquee_streaming_c PRIVATE -Wl,--gc-sections -Wl,--no-undefined -Wl,--exclude-libs,ALL)
