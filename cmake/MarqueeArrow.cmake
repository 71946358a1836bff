# Arrow and Parquet C++ from the pyarrow wheel, which tools/dependencies unpacks to build/deps:
# headers and libraries without CMake files. Only src/formats may link third::arrow.
set(MARQUEE_ARROW_ROOT ${CMAKE_SOURCE_DIR}/build/deps/pyarrow-26.0.1/pyarrow CACHE PATH
  "The unpacked pyarrow wheel")
if(NOT EXISTS ${MARQUEE_ARROW_ROOT}/include/arrow/api.h)
  message(FATAL_ERROR "Arrow is missing at ${MARQUEE_ARROW_ROOT}: run tools/dependencies build")
endif()
file(GLOB arrow_library ${MARQUEE_ARROW_ROOT}/libarrow.so.[0-9]*)
file(GLOB parquet_library ${MARQUEE_ARROW_ROOT}/libparquet.so.[0-9]*)
foreach(name arrow parquet)
  add_library(arrow_${name} SHARED IMPORTED)
  set_target_properties(arrow_${name} PROPERTIES IMPORTED_LOCATION ${${name}_library})
  target_include_directories(arrow_${name} SYSTEM INTERFACE ${MARQUEE_ARROW_ROOT}/include)
endforeach()
third_party(arrow arrow_parquet arrow_arrow)
