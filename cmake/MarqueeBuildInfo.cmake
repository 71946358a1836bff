# marquee_build_info: version, revision, build type and compiler behind src/app/build_info.h. The
# revision is looked at in every build, and the one file that holds it is touched only when it is
# another: a commit compiles that file and links. Include this after marquee_libraries_from().
set(build_info ${CMAKE_BINARY_DIR}/build_info/build_info.cpp)
add_custom_target(marquee_build_info_source
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_SOURCE_DIR} -D OUT=${build_info}
          -D VERSION=${PROJECT_VERSION} -D BUILD_TYPE=${CMAKE_BUILD_TYPE}
          -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -P ${CMAKE_SOURCE_DIR}/cmake/write_build_info.cmake
  BYPRODUCTS ${build_info}
  COMMENT "Looking at the revision" VERBATIM)

add_library(marquee_build_info STATIC ${build_info})
add_dependencies(marquee_build_info marquee_build_info_source)
target_link_libraries(marquee_build_info PRIVATE marquee_options)
target_link_libraries(marquee_app PUBLIC marquee_build_info)
