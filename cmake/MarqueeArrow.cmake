# Arrow and Parquet C++ from the pyarrow wheel, which tools/dependencies unpacks to build/deps:
# headers and libraries without CMake files. Layouts are src/formats' alone, which links third::arrow;
# src/adapters/s3 links third::arrow_s3 for its file system.
set(MARQUEE_ARROW_ROOT ${CMAKE_SOURCE_DIR}/build/deps/pyarrow-26.0.1/pyarrow CACHE PATH
  "The unpacked pyarrow wheel")
file(GLOB arrow_s3_library ${MARQUEE_ARROW_ROOT}/libarrow_s3.so.[0-9]*)
if(NOT EXISTS ${MARQUEE_ARROW_ROOT}/include/arrow/api.h OR NOT arrow_s3_library)
  message(FATAL_ERROR "Arrow is missing at ${MARQUEE_ARROW_ROOT}: run tools/dependencies build")
endif()
file(GLOB arrow_library ${MARQUEE_ARROW_ROOT}/libarrow.so.[0-9]*)
file(GLOB parquet_library ${MARQUEE_ARROW_ROOT}/libparquet.so.[0-9]*)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
foreach(name arrow arrow_s3 parquet)
  add_library(arrow_${name} SHARED IMPORTED)
  set_target_properties(arrow_${name} PROPERTIES IMPORTED_LOCATION ${${name}_library})
  target_include_directories(arrow_${name} SYSTEM INTERFACE ${MARQUEE_ARROW_ROOT}/include)
  # Where the program looks for it, which is the same in a build and in a package.
  get_filename_component(file_name ${${name}_library} NAME)
  file(CREATE_LINK ${${name}_library} ${CMAKE_BINARY_DIR}/lib/${file_name} SYMBOLIC)
endforeach()
third_party(arrow arrow_parquet arrow_arrow)
third_party(arrow_s3 arrow_arrow_s3 arrow_arrow)
